"""Runs an extractor on documents: its answers, their forms, and the journal that a stopped run goes on from."""
