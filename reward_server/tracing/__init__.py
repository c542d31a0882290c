"""OpenTelemetry traces: off unless a collector is named, made after the fact, sent in the background."""
