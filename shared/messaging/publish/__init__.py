"""From the outbox to Kafka, in order per key, at least once (docs/adr/0004)."""
