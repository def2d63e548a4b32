"""The configuration: how it is read, its typed model, its checks, and messages of mistakes."""
