"""How Payung is run: locally, in compose, on a cluster."""
