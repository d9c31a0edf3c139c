"""Finds the place in a text of an extractor's answer: from offsets in any unit, from words, or from tokens and tags."""
