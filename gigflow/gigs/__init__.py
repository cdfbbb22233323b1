"""The ground of jobs and services: their collection, words and categories, and what they are for programs."""
