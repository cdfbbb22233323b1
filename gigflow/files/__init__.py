"""Files that people send one another, streamed in and out, with permission checked each time."""
