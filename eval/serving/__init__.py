"""Serves an extractor to annotators: a machine learning backend for Label Studio."""
