"""Every setting: its name, meaning and default, checked once at the start."""
