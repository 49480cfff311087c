"""What subsidy does on events, on commands and on the clock; one module per subject."""
