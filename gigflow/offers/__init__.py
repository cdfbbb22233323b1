"""Offers: terms that one person sends another, who may accept, decline or counter them."""
