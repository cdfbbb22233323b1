"""Receipts: their numbers, what they say, who reads them, and the file in every script."""
