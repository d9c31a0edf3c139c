"""How far annotators agree, as a web page."""
