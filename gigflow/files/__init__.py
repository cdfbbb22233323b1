"""Files that people send one another, streamed in and out and asked for each time."""
