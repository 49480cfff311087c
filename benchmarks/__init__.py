"""Measures what the messaging kit costs, beside raw clients, plain code and another library, in one run."""
