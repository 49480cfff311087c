"""One node of Apache Kafka (KRaft: broker and controller in one process), sized for a laptop."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import struct
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from deploy.local import ports
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import PRIVATE_FOLDER, Home, write_private
from deploy.local.programs import run
from deploy.local.spawner import Command

CLIENT_PORT, CONTROLLER_PORT = "kafka", "kafka-controller"
LOG_SETTINGS = Path(__file__).with_name("log4j2.xml")
HEAP = ["-Xms256m", "-Xmx512m"]
# Java's second compiler takes more of two cores for minutes than its better code gives back (docs/performance.md).
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
SETTINGS = """\
process.roles=broker,controller
node.id=1
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
num.io.threads=4
num.network.threads=2
log.cleaner.dedupe.buffer.size=16777216
# A laptop: nobody waits three seconds for more members of a group, nor for an election among one.
group.initial.rebalance.delay.ms=0
# Members may ask to be missed sooner than after six seconds, which tests that kill them do.
group.min.session.timeout.ms=1000
controller.quorum.election.timeout.ms=200
controller.quorum.election.backoff.max.ms=100
controller.quorum.fetch.timeout.ms=2000
# After a crash the broker is let in again when its former self has missed this many milliseconds of heartbeats.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def server(home: Home, jars: Path, java: str, archive: Path | None = None, record_to: Path | None = None) -> Child:
    """The Kafka node of ``home``: its storage formatted if new, not started yet.

    ``archive`` holds Java's classes ready for a quick start; with ``record_to`` the node writes one as it ends.

    Raises:
        LocalRunError: the storage could not be formatted.
    """
    home.kafka.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    client, controller = _port(home, CLIENT_PORT), _port(home, CONTROLLER_PORT)
    settings = home.kafka / "server.properties"
    data = home.kafka / "data"
    launch = [java, *HEAP, QUICK_COMPILER, "-XX:+UseSerialGC", "-cp", f"{jars}/*"]
    launch.append(f"-Dlog4j2.configurationFile={LOG_SETTINGS}")
    if archive is not None:
        launch.append(f"-XX:SharedArchiveFile={archive}")
    if not data.exists():
        _format(home, [*launch, "kafka.tools.StorageTool"], controller)
    if record_to is not None:
        launch.append(f"-XX:ArchiveClassesAtExit={record_to}")

    def command() -> Command:
        write_private(settings, _settings(client, controller, data))
        return Command(
            argv=[*launch, "-XX:+ExitOnOutOfMemoryError", "kafka.Kafka", str(settings)],
            env={name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")},
            cwd=home.kafka,
        )

    return Child("Apache Kafka", command, home.logs / "kafka.log", lambda: answers(client), stop_timeout_s=30)


def bootstrap(home: Home) -> str:
    """Where clients reach the broker of ``home``."""
    return f"{ports.LOOPBACK}:{home.port(CLIENT_PORT)}"


def answers(port: int) -> bool:
    """Whether a broker on this port names at least one broker when asked for the cluster's metadata."""
    client = b"payung"
    body = struct.pack(">hhih", 3, 1, 7, len(client)) + client + struct.pack(">i", 0)  # Metadata, version 1
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.recv(12)
    except OSError:
        return False
    return len(answer) == 12 and struct.unpack(">iii", answer)[1:] >= (7, 1)


def _port(home: Home, name: str) -> int:
    port = ports.choose(home.port(name))
    home.remember_port(name, port)
    return port


def _settings(client: int, controller: int, data: Path) -> str:
    return SETTINGS + (
        f"listeners=CLIENT://{ports.LOOPBACK}:{client},CONTROLLER://{ports.LOOPBACK}:{controller}\n"
        f"advertised.listeners=CLIENT://{ports.LOOPBACK}:{client}\n"
        f"controller.quorum.bootstrap.servers={ports.LOOPBACK}:{controller}\n"
        f"log.dirs={data}\n"
    )


def cluster_id(draw: Callable[[], uuid.UUID]) -> str:
    """A cluster's identifier in Kafka's form. One that begins with a hyphen would be read as an option: draw again."""
    while True:
        identifier = base64.urlsafe_b64encode(draw().bytes).decode().rstrip("=")
        if not identifier.startswith("-"):
            return identifier


def _format(home: Home, tool: list[str], controller: int) -> None:
    """Format beside the final place and move it there in one step, so that a crash leaves no half storage."""
    for leftover in home.kafka.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    workspace = Path(tempfile.mkdtemp(dir=home.kafka, prefix="new-"))
    fresh, settings = workspace / "data", workspace / "format.properties"
    write_private(settings, _settings(0, controller, fresh))
    made = run([*tool, "format", "--standalone", "-t", cluster_id(uuid.uuid4), "-c", str(settings)])
    if made.returncode != 0:
        raise LocalRunError(f"Kafka could not format {fresh}: {(made.stdout + made.stderr).strip()}")
    fresh.rename(home.kafka / "data")
    shutil.rmtree(workspace)
