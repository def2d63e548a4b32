"""The configuration: its typed model, its checks, and how its mistakes are told."""
