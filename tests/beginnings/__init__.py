"""Beginnings: what visitors write before they join, and the first steps of somebody who is new."""
