"""What is likely to go wrong with a rubric that is valid: one module for each family of mistakes.

A rule is a pure function of a rubric and its document. What it says about words is said of English only, and
it would rather miss a mistake than raise a false alarm.
"""
