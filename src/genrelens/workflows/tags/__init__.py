"""Genres written into files, proven and undone; what people wrote there, read."""
