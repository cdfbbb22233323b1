"""Letters: the outbox, their form, mail servers that are slow or away."""
