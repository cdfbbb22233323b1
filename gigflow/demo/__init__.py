"""A believable market for trying GigFlow: `make demo`."""
