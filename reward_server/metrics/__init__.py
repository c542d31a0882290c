"""What Prometheus is told. Labels come from closed sets, never from a request."""
