"""The front page: the market for visitors, what needs them now for members."""
