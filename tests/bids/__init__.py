"""Bidding and hiring, by hand, in races, and in random hands."""
