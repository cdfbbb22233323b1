"""Money: payments, the ledger, calls to the provider and its events, balances and payouts."""
