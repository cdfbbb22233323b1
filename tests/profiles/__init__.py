"""Profiles, portfolios, names, and what others see."""
