"""Models: one module or package per kind, each with its `Settings` and its `learner`."""
