"""Inverse-frequency weights: fitting, keeping, applying and showing them."""
