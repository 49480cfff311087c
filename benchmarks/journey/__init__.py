"""`python -m benchmarks journey`: from an officer's registration to the person's queued notice."""
