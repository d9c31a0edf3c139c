"""The common look of all web pages: one stylesheet, one script, one set of templates, words in two languages."""
