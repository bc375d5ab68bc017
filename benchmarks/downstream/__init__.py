"""Proof downstream: models trained on some rows, and what they then do with tools."""
