"""The outbox of letters: stored with their fact, written when they are sent."""
