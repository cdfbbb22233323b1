"""Conversations: numbers, client ids, who may write to whom, what is unread, and what is hidden."""
