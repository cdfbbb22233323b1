"""Saved replies: keeping, changing and deleting them, and how one gets into a message."""
