"""Delivered files: who gets them, how they come, and when they go."""
