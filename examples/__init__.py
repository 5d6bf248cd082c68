"""Example music and scripts; a package only so that `python -m examples.scores.render` finds the scores."""
