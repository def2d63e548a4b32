"""Corpora: sources, indexes of recordings and text pairs, labels, splits, and audio decoding."""
