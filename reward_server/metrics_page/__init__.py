"""docs/metrics.md, made from the metrics of a real application: `python -m reward_server.metrics_page`."""
