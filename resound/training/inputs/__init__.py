"""Inputs of models: arranged from cached features, in batches on a device."""
