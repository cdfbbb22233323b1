"""The sandbox: its checkout page, its cards, its events."""
