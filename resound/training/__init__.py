"""Training: the loop, checkpoints, targets, and the inputs of models."""
