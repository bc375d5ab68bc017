"""One self-contained HTML page about a run or a dataset: figures, and a browser of its dialogues.

`entries` reads dialogues from either, `summary` counts what the figures show, `page` puts both and
the program that shows them (`report.js`, `report.css`) into a file that needs no network.
"""
