"""Events that differ in identifiers only, treated as columns: written packed, read in groups (docs/adr/0036)."""
