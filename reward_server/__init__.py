"""The reward URL: configuration, components, engine, HTTP and command line."""
