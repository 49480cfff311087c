"""`payung bench journey`: from an officer's registration to the person's queued notice, beside raw and plain code."""
