"""What people are told, where, how often, and how they end it."""
