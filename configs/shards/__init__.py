"""Work on many files (shards) at once: where they are, which are missing, and the processes that do the work."""
