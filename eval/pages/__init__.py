"""Web pages and figures of scores and comparisons."""
