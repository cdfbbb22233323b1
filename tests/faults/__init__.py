"""Databases that fail, processes that are killed, disks that are full."""
