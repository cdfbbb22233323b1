"""Upgrades: numbered steps, starts that change nothing, and two versions side by side."""
