"""Carries facts between services: written with the state, sent in order, applied once, never skipped in silence.

A fact's way, one module a step (why each is as it is: docs/adr/0002 to 0007, 0011 and 0037):

- `outbox`: a unit of work writes state and events in one transaction. `slots` says which relay sends which key.
- `publish/`: `relay` reads what is committed, `publisher` sends it to Kafka in order per key, `lz4_level` compresses
  it quickly.
- `consume/`: `kafka_client` sets FastStream and aiokafka up, with `damaged_fetch` and `bad_header_names` for answers
  that they cannot read; `consumer` takes records and commits offsets; `intake` turns records into a `batch` of events;
  `processor` applies it once with `inbox`, as new where `optimistic` says so; `parking` keeps in sight what cannot be
  applied, `park_limit` stops it from becoming a million; `parked_admin` and `replay` are what an operator does with it.
- `columnar/`: events that differ in identifiers only, as columns. Written with `event_template` into a `packed_outbox`
  row; read by `column_reader` with `header_cache` and `body_shapes` into `event_groups`, which handlers get.
- What both sides know: `envelope` (an event in Kafka), `headers` (what they say, and what is wrong with them), `record`
  (a Kafka record and its hashes), `reasons` (why an event is parked), `patience` (how long to wait for another try).
- The tables and their upkeep: `tables` (the DDL), `retention` (the purge). `crash` holds where tests kill.
"""
