"""Rubrics to start from: `NAME.yaml` with its cases in `NAME.golden.yaml`. docs/catalog.md presents them."""
