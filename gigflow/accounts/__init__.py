"""Accounts: who somebody is, their devices, password and address, and how an account ends."""
