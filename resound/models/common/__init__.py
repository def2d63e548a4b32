"""What kinds of models share: base classes, layers, saved models, pretrained models."""
