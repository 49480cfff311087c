"""The demonstration's token issuer in a container. No password, so never for production.

The services' APIs ask it over TLS under its name in their networks, as they would a real provider; the people of this
machine ask it plainly on the port that compose publishes on 127.0.0.1, as they would without containers.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from deploy.docker.certificate import LOGIN_HOST
from deploy.local.issuer import IssuerRefusedError, LocalIssuer, read_users
from shared.service.web_server import WebServer

TLS_PORT, PLAIN_PORT = 8443, 8099
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - of the container; what is published of them says docker-compose.yml

CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


class ContainerIssuer(LocalIssuer):
    """The local issuer under its name in the network of containers, asked for over TLS; refused anywhere else."""

    NAMES = (*LocalIssuer.NAMES, LOGIN_HOST)

    def check_address(self, issuer_url: str) -> None:
        """Raises IssuerRefusedError outside a container, and for any address but https under its own name there."""
        if not any(mark.exists() for mark in CONTAINER_MARKS):
            raise IssuerRefusedError(
                "This issuer listens on all addresses of a container and this is none; "
                "use python -m deploy.local.issuer, which listens on loopback."
            )
        parts = urlsplit(issuer_url)
        if parts.scheme != "https" or parts.hostname != LOGIN_HOST:
            raise IssuerRefusedError(f"The issuer's address in the network of containers is https://{LOGIN_HOST}.")


def _server(name: str, issuer: LocalIssuer, port: int, tls: Path | None = None) -> WebServer:
    config = uvicorn.Config(
        issuer.app(), ssl_certfile=tls, log_config=None, access_log=False, server_header=False, lifespan="off"
    )
    return WebServer(name, config, host=ALL_ADDRESSES, port=port, port_setting="another port in deploy/docker/login.py")


async def serve(issuer: LocalIssuer, tls: Path) -> None:
    """Serve on both ports until a signal asks to stop."""
    stop = asyncio.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(asked, stop.set)
    servers = [_server("login", issuer, PLAIN_PORT), _server("login over TLS", issuer, TLS_PORT, tls)]
    await asyncio.gather(*(server.run(stop) for server in servers))


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m deploy.docker.login --secrets DIR --state DIR --environment local``: run until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docker.login", description=__doc__)
    parser.add_argument("--secrets", type=Path, required=True, help="the folder with tls.pem and users.json")
    parser.add_argument("--state", type=Path, required=True, help="where the signing keys are kept")
    parser.add_argument("--environment", required=True, help="local or test; it refuses to run in any other")
    options = parser.parse_args(arguments)
    try:
        issuer = ContainerIssuer(
            folder=options.state,
            issuer_url=f"https://{LOGIN_HOST}:{TLS_PORT}",
            audience="payung",
            users=read_users(options.secrets / "users.json"),
            environment=options.environment,
        )
    except IssuerRefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    asyncio.run(serve(issuer, options.secrets / "tls.pem"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
