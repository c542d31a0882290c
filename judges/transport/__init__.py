"""HTTP for fan-out."""
