"""Floor 4: from finished annotations to a gold dataset."""
