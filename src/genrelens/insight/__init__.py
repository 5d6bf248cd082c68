"""More about one song, or a few: evidence, timeline, notes, comparison, matching."""
