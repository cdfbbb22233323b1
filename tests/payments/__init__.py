"""Checkouts, events, the ledger, payouts; Stripe is a server of ours that speaks like it."""
