"""What maintainers run: lock files, docs from tables, pictures of the page."""
