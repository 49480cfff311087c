"""Carries facts between services: written with the state, sent in order, applied once, never skipped in silence.

A fact's way, one module a step: `outbox` (emit, with the state) → `relay` with `slots` and `publisher` (to Kafka, in
order) → `consumer` with `faststream_settings` (from Kafka) → `intake` (record to typed event) → `processor` with
`inbox` (apply once) → `parking` and `parked_admin` (what cannot be applied). `tables` holds the DDL, `retention` the
purge, `crash` the points at which tests kill. Why each is as it is: docs/adr/0002 to 0007 and 0011.
"""
