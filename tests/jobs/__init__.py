"""Jobs: posting, changing, closing, their pages."""
