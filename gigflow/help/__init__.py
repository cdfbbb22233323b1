"""Help: how the site works, its rules with their numbers, and the pages that its operator writes."""
