"""OpenTelemetry traces of requests: off unless a collector is named, made after the fact, sent in the background."""
