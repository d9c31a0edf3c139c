"""Floor 3: the ruler. Compares annotations, reads gold datasets and predictions, runs extractors."""
