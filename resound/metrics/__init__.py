"""Metrics of saved predictions: classification, open-set recognition, transcription, translation.

No module here imports torch: predictions are evaluated without the model that made them.
"""
