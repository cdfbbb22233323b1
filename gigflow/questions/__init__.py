"""Questions about services, and their answers."""
