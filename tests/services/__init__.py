"""Services: states, pages, pictures, moderation."""
