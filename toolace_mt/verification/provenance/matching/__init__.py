"""Explaining a value by what a dialogue has told: as it is, in another form, or computed."""
