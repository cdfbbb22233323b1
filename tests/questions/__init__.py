"""Questions about services, for programs and people."""
