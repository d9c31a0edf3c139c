"""How far annotators agree, by the same rules as scores."""
