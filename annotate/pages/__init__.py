"""From a page, a table or a folder to Articles."""
