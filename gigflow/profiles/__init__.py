"""Profiles: what people tell of themselves, and their public page."""
