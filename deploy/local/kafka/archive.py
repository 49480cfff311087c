"""Halves Kafka's start: most of it is Java reading and checking classes, and Java can keep those ready in a file.

The file is made once per machine, from a broker that is started and stopped in a folder of its own.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.file_lock import locked
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.kafka.server import server
from deploy.local.programs import run


def ensure_archive(jars: Path, java: str, say: Callable[[str], None]) -> Path | None:
    """The file for a quick start, made now if this Java has none for these jars; ``None`` where it cannot."""
    build = hashlib.sha256(run([java, "-version"], timeout_s=30).stderr.encode()).hexdigest()[:12]
    archive = jars.with_name(f"{jars.name}-java-{build}.jsa")
    given_up = archive.with_suffix(".none")
    if not archive.exists() and not given_up.exists():
        with locked(archive.with_suffix(".lock")):
            if not archive.exists() and not given_up.exists():
                say("Preparing Kafka for quick starts, once.")
                if not _record(jars, java, archive):
                    given_up.touch()
    return archive if archive.exists() else None


def _record(jars: Path, java: str, archive: Path) -> bool:
    """Start and stop a broker that writes down its classes as it ends; says whether it did."""
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".kafka-trial-") as folder:
        fresh = Path(folder) / "classes.jsa"
        try:
            trial = server(Home.open(Path(folder) / "home"), jars, java, record_to=fresh)
            trial.start()
            trial.stop()
        except LocalRunError:
            return False  # another make of Java; it starts without, only slower
        if fresh.exists():
            fresh.rename(archive)
    return archive.exists()
