"""What requests share: identity, origin gate, forms, errors, limits, sockets, OpenAPI, copies of public lists."""
