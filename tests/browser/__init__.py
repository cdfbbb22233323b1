"""Whole stories in a real Chromium, and what every page has to pass there."""
