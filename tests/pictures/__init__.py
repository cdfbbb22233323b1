"""Pictures: what is taken, what becomes of it, and how long it stays."""
