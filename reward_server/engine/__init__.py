"""Scoring groups: columns in gate order, rows, their sum, and what a batch looks like."""
