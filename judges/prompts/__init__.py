"""What a judge is shown: words, fences, and which statements share a question."""
