"""Features of recordings: a module a kind, and how they are extracted and kept."""
