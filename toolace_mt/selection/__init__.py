"""Arguments as results of queries over earlier outputs.

- `values` says how values compare, `evaluate` computes a query over outputs as they stand.
- `prove` shows that a query has exactly one result and that nothing in it is decoration.
- `propose` finds queries that lead to a row, `phrase` says them as a person would.
- `formula` writes them in one line, for the origins of a row.

The records are in `toolace_mt.query`.
"""
