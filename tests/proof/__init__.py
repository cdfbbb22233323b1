"""The audit: a whole lived market, and damages that it has to name."""
