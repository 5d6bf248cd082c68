"""Many songs: what was heard of them and decided about them, in one database."""
