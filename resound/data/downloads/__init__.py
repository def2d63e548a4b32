"""Files from the network: brought here whole, once, the same everywhere, or with a way round.

`fetch.fetch_first` is what to call; each kind of source is a module with a settings dataclass.
"""
