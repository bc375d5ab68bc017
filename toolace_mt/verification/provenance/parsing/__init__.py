"""Values as people and tools write them: words, numbers, dates, times, and those of a reply."""
