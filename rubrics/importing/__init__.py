"""Rubrics that were written for other tools, word for word and weight by weight as `rubric/v1` files."""
