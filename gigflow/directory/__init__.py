"""The directory: people who can be hired, and what their place in it goes by."""
