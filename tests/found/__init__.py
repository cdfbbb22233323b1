"""Being found: addresses, the sitemap, cards, icons, and the pages that an operator writes."""
