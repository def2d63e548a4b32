"""Small demo models that replace pretrained ones, one module for each architecture.

Each module has a dataclass `Settings`, a function `build_model` that returns a randomly initialised
model, and a function `make` that trains it on synthetic data and saves it as transformers does.
`training` holds the optimisation loop that BERT and Whisper share.
"""
