"""Mihakk (محكّ, the touchstone): gold datasets for Arabic news, and the ruler to score extractors on them."""

__version__ = "0.1.0"
