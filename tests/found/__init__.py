"""Being found: addresses, the sitemap, cards and icons."""
