"""A roster as officers make it: which columns it has, how each row is judged, and what is said about both."""
