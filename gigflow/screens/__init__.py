"""Pages and answers that show several features, above all of them."""
