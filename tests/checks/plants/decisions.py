"""Plants about what rules and handlers may look at: neither clock nor chance nor machine."""

from __future__ import annotations

from tests.checks.plants.base import Plant, one_file

_CLOCK = (
    one_file(
        "clock-in-decisions",
        "every way to ask for the time",
        "services/harbour/rules.py",
        """
        import datetime
        import time as t
        from datetime import date as day
        from datetime import datetime as dt
        from shared.clock import Clock
        def due(clock: Clock):
            a = dt.now()
            b = day.today()
            c = t.time()
            d = datetime.datetime.utcnow
            return a, b, c, d
        """,
        6,
        7,
        8,
        9,
        10,
    ),
    one_file(
        "clock-in-decisions",
        "in a package of handlers",
        "services/harbour/handlers/berths.py",
        """
        from shared.clock import SystemClock
        async def on_x(uow, events):
            return SystemClock().now()
        """,
        3,
    ),
    one_file(
        "clock-in-decisions",
        "a clock that is handed in",
        "services/harbour/handlers.py",
        """
        from datetime import datetime
        from shared.clock import Clock, local_date
        async def on_x(uow, events, clock: Clock) -> datetime:
            local_date(clock.now())
            return clock.now()
        """,
    ),
    one_file(
        "clock-in-decisions",
        "jobs are not decisions",
        "services/harbour/jobs.py",
        "import time\nstarted = time.monotonic()\n",
    ),
)

_RANDOMNESS = (
    one_file(
        "randomness-in-decisions",
        "modules, identifiers and salted hashes",
        "services/harbour/handlers.py",
        """
        import random
        import uuid
        from secrets import token_hex
        from uuid import UUID, uuid4 as fresh
        async def on_x(uow, events):
            uuid.uuid5(uuid.NAMESPACE_DNS, "x")
            fresh()
            return hash("slot")
        """,
        1,
        3,
        6,
        7,
        8,
    ),
    one_file(
        "randomness-in-decisions",
        "the type UUID and an injected source",
        "services/harbour/rules.py",
        """
        from uuid import UUID
        from shared.ids import IdSource, WorkerId
        def chosen(worker_id: UUID, ids: IdSource) -> UUID:
            return ids.next()
        """,
    ),
)

_ENVIRONMENT = (
    one_file(
        "environment-in-decisions",
        "variables and files",
        "services/harbour/rules.py",
        """
        import os
        from os import getenv
        def rate():
            a = os.environ["RATE"]
            b = getenv("RATE")
            return open("rates.csv"), a, b
        """,
        4,
        5,
        6,
    ),
    one_file(
        "environment-in-decisions",
        "a method called open, and a name of its own",
        "services/harbour/rules.py",
        """
        def state(funding_line, environ):
            return funding_line.open(), environ
        """,
    ),
)

_ASYNC = (
    one_file(
        "async-in-rules", "a rule that awaits", "services/harbour/rules/rates.py", "async def rate(store): ...", 1
    ),
    one_file("async-in-rules", "handlers await", "services/harbour/handlers.py", "async def on_x(uow, events): ..."),
)

PLANTS: tuple[Plant, ...] = (*_CLOCK, *_RANDOMNESS, *_ENVIRONMENT, *_ASYNC)
