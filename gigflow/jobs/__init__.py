"""Jobs: work that its owner wants done, on the market."""
