"""A month of a union's life on a local chain, and its books checked three ways."""
