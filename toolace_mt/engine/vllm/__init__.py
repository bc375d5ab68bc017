"""An engine on vLLM, in this process and its children."""
