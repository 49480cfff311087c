"""The compatibility gate: what may change in a published schema, and what would trip a reader (docs/adr/0008)."""
