"""Requests: work that a client asks GigFlow to match with a freelancer (docs/domain.md, Requests)."""
