"""A teacher's work: homework judged, lesson sheets made."""
