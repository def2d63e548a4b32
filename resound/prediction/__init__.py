"""Predictions of trained models for any recordings or texts."""
