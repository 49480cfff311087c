"""The statement gate: what each hot path asks of PostgreSQL and Kafka, counted, fixed and not allowed to grow.

Counts do not depend on the machine's speed, so they catch a loop over rows where a stopwatch only suspects it.
`python -m tests.gate` measures and compares, `--write` fixes what is measured in baseline.json.
"""
