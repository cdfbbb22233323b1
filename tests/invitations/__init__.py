"""Invitations: who may be invited to a job, what becomes of it, and what both sides are told."""
