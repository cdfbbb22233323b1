"""What people are told: in the app, at open pages, and in letters."""
