"""What of the world outside compliance knows: keys, and what is sealed with them."""
