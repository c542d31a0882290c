"""What differs between two rubrics, and what that does to verdicts which are known."""
