"""Demo corpora, one module for each kind.

Each module has a dataclass `Settings`, and a function `make(settings, folder, pool, workers)` that
writes the corpus into an empty folder, in the layout of the public corpus that it replaces.
"""
