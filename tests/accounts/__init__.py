"""Signing up and in, devices, passwords, addresses, limits, and the ways out."""
