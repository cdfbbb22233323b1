"""Reviews: who may write them, when they are revealed, what counts."""
