"""Texts around values: slots, lexically constrained decoding, usage examples."""
