"""The floor of a month: the same rows, records and files with the raw clients, as fast as we could make them.

Five processes as ours: money, relay, two readers, branch. In the same databases and tables, in a month of its own:
candidates read, contributions, claims, bill lines, confirmation rows, payments, balances, cover lines, messages, outbox
and inbox written, events carried by Kafka. No rule, no check, no lock, no repeat recognised, nothing parked; the branch
keeps no books: nothing that could be operated, but the least that asyncpg and aiokafka cost for the same.
"""
