"""Orders, disputes and admins' decisions, by hand, in races, and in random hands."""
