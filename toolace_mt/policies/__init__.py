"""Policies: rules of a domain of which code can tell whether a call keeps them.

`starter.yaml` has rules for the starter pool, `environments.yaml` for the tools of our own
environments. `config/policies.py` describes such files, and docs/policies.md explains them.
"""
