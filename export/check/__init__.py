"""Finds errors and doubtful places in finished annotations, and mends some of them."""
