"""The ear taught by its owner: genres of one's own, corrections of those that are there."""
