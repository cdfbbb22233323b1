"""Receipts: a numbered paper for each payment, release and refund, which never changes."""
