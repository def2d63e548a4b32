"""Whisper models: fine-tuning and decoding."""
