"""Batch APIs: requests as lines of a file, and what carries a file there and back."""
