"""The native wire format: its shapes, reading requests, writing answers, and how a request can fail."""
