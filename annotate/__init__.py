"""Floor 2: articles, annotations, and the way from article pages to Label Studio tasks."""
