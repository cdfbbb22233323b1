"""Clients and scripts that were written for other back ends, and what answers carry for them."""
