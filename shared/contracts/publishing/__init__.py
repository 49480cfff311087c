"""What is made from the catalogue: topics in Kafka, AsyncAPI, the pages under docs/events."""
