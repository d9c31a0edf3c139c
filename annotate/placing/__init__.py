"""Where in a text something stands that an extractor said: by offsets of any unit, by words, by tokens and tags."""
