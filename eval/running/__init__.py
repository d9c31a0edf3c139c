"""Runs an extractor on documents: its answers, their forms, and the journal from which a stopped run continues."""
