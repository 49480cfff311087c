"""The way to a service's own database."""
