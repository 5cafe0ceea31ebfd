"""askdocs as parts of other libraries."""
