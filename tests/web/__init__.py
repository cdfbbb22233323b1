"""What all requests share: errors, headers, forms, limits, sockets, the OpenAPI document."""
