"""The directory: who is in it, what their place goes by, and how people are found."""
