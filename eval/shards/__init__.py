"""Scores of predictions in shards: each shard is counted alone, then the counts are added."""
