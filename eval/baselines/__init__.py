"""Extractors that Mihakk trains on the training split. A team's own extractor should be better."""
