"""One question's way to its answer."""
