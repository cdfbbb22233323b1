"""Matching: the parts of a score, and whom an admin finds for a request."""
