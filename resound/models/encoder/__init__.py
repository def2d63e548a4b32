"""Pretrained encoders with a classification head, and their hidden states as features."""
