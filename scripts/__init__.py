"""Stage scripts, one per rule."""
