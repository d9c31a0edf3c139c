"""The ways to reach an extractor: Python, a command, a service, a model."""
