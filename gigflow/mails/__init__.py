"""The outbox of letters: stored with the fact that they tell of, written when they are sent."""
