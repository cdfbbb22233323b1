"""Reviews of both sides of an order: hidden, revealed together, replied to."""
