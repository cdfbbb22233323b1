"""Saved replies: words that somebody keeps, to put them into a message again."""
