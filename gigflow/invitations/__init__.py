"""Invitations: the owner of a job asks freelancers to bid on it."""
