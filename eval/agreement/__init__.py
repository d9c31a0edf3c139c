"""How far annotators agree, by the same ruler as scores."""
