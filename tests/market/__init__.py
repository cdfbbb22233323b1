"""The market: lists, filters, searches and categories, and which index each goes by."""
