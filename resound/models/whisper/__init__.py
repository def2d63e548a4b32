"""whisper."""
