"""Beginnings: what a visitor writes before they have an account, and what somebody who is new does first."""
