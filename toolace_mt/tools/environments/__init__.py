"""Environments that ship with the package: small worlds with state, seeded, for live dialogues."""
