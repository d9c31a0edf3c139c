"""The gold set: its records, and the rows of its folder."""
