"""Models: a module a kind, each with its `Settings` and its `learner`."""
