"""The pages, one a module: what it shows (`view`), and how (`body`)."""
