"""Orders from the agreement to the end: work, cancellations, disputes, decisions, and whose turn it is."""
