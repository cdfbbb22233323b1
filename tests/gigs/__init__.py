"""Jobs and services: states, pages, moderation, search."""
