"""Scores of predictions in shards: each shard counted alone, and the counts added."""
