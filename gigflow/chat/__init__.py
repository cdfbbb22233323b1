"""Conversations: two people talk about a job, a service or an order, and every entry has a number."""
