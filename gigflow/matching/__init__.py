"""Matching: which freelancers fit a request, and why, for the admin who asks them (docs/domain.md, Matching)."""
