"""Finds places where the gold may be wrong, ranked by the evidence against it."""
