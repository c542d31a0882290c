"""The pages at `/`: what a run looks like, each page with a JSON twin."""
