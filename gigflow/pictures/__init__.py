"""Pictures: written again in three sizes, kept as long as something shows them."""
