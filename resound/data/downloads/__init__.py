"""Downloads: resumable, verified by checksum, and locked so that all machines get the same bytes.

`fetch.fetch_first` is the entry point; each kind of source is a module with a settings dataclass.
"""
