"""A load test as one HTML file: the verdict first, then what it rests on."""
