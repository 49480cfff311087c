"""From Kafka to state: applied once, or parked in sight (docs/adr/0005, 0006)."""
