"""Help: its numbers, and the pages that an operator writes."""
