"""A payment provider inside GigFlow that moves no real money and knows nothing of orders."""
