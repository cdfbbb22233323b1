"""Offers: who may send them, what becomes of them, and the one order of an acceptance."""
