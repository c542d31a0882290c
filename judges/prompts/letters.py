"""The letters that stand for a judge's answers, one token each."""

from string import ascii_uppercase

LETTERS = "".join(letter for letter in ascii_uppercase if letter not in "AI")
"""Without A and I: they are words, and a judge that says "I think ..." or "A good answer ..." in place of an
answer must not be taken at its first word."""
