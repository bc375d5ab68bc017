"""The seam to models: one interface, and the engines behind it."""
