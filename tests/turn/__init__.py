"""What is whose turn: the one list, what ends each of its items, and what it costs."""
