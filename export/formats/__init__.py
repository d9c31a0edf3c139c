"""Gold sets in the formats of others, and the corpora of others as gold sets."""
