"""The URL: routes, guards, admission, idempotency, drain."""
