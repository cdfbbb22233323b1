"""What jobs and services stand on: their collection, words and categories, and what they are for programs."""
