"""Extractors that are trained here, on the training split: what a team's own extractor should beat."""
