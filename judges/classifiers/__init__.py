"""Judging without a chat model: sequence classification, of a text, of a claim under a premise, of a chat."""
