"""The readers of clinical data."""
