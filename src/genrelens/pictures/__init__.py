"""Pictures of what was found, to look at and to take away: SVG first, PNG drawn from it."""
