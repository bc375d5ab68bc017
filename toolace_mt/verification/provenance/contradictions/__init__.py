"""Values that what was told contradicts: another field, another order, another time."""
