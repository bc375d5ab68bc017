"""Model calls as the stages see them: requests, prompts, questions and retries."""
