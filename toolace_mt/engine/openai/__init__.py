"""An engine behind any OpenAI-compatible endpoint."""
