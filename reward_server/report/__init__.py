"""Reports as one HTML file: no script, nothing fetched, every text from outside escaped."""
