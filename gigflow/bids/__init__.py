"""The first door: bids on a job, and hiring one of them."""
