"""The market: finding jobs and services, by lists, searches and categories."""
