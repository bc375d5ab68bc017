"""One self-contained HTML page about runs or datasets: figures, and a browser of dialogues.

`entries` reads the dialogues, `summary` counts what the figures show. `page` puts both into one
file with the program and style that show them; it needs no network.
"""
