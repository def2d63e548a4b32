"""What the rules depend on: input files, settings, versions of code and of recordings."""
