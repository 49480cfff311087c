"""One message, one transaction: a month the way the pages of FastStream and SQLModel show it.

Sources as in ``benchmarks/plain.py``. In its favour: one budget and no ledger, no outbox and no inbox (a crash loses
and doubles), the default acknowledgement, an index that fits each query, log lines off.
"""
