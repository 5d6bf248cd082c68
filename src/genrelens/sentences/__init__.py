"""What was found, in sentences: the same words for the page, for pictures and for the command line."""
