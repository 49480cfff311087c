"""The demonstration app as a process of its own, so that a test can kill it in the middle of a command.

``python -m tests.shared.http.demo_server DATABASE_URL SUBJECT``: signs everybody in as SUBJECT, prints its port, and
never finishes registering a visit.
"""

from __future__ import annotations

import asyncio
import sys

import uvicorn

from shared.access.areas import AreaScope
from shared.access.roles import Role
from shared.database import Database
from shared.http import Principal, uvicorn_config
from tests.shared.http import demo


class _SignsIn:
    def __init__(self, subject: str) -> None:
        self._principal = Principal(subject, frozenset({Role.ENUMERATOR}), AreaScope.of("64"))

    async def verify(self, _: str) -> Principal:
        return self._principal


async def _hang(_: str) -> None:
    await asyncio.sleep(3600)


async def _started(server: uvicorn.Server) -> bool:
    return server.started


async def _main(database_url: str, subject: str) -> None:
    app = demo.build(Database(database_url), _SignsIn(subject), hook=_hang)
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    serving = asyncio.create_task(server.serve())
    await demo.wait_until(lambda: _started(server))
    sys.stdout.write(f"{server.servers[0].sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
