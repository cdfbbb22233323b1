"""Requests: what their clients do with them, what admins do, and the one order of the offer that is accepted."""
