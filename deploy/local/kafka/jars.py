"""Fetches Kafka's jars once with the ordinary Maven client, so that mirrors and proxies set for it hold here too.

What arrives is compared with the committed SHA-256 list: the same bytes everywhere, whatever a mirror serves.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.file_lock import locked
from deploy.local.errors import LocalRunError
from deploy.local.home import default_cache
from deploy.local.kafka.java import maven_program
from deploy.local.programs import run

POM = Path(__file__).with_name("pom.xml")
HASHES = Path(__file__).with_name("jars.json")
FETCH_TIMEOUT_S = 900


class KafkaUnavailableError(LocalRunError):
    """Apache Kafka cannot run on this machine now; the text says what is missing and how to mend it."""


def kafka_version() -> str:
    """The version that the pom names."""
    found = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)<", POM.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{POM} names no version of kafka_2.13.")
    return found.group(1)


def jars_folder(cache: Path | None = None) -> Path:
    """Where the jars lie once they are there; the name carries the pom's hash, so another pom is another folder."""
    stamp = hashlib.sha256(POM.read_bytes() + HASHES.read_bytes()).hexdigest()[:12]
    return (cache or default_cache()) / f"kafka-{kafka_version()}-{stamp}"


def ensure_jars(
    cache: Path | None = None,
    env: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """The folder with the jars, fetched now if it is not there. Safe when several processes ask at once.

    Raises:
        KafkaUnavailableError: Maven is missing, could not fetch, or fetched other bytes than expected.
    """
    folder = jars_folder(cache)
    if folder.is_dir():
        return folder
    with locked(folder.parent / "kafka.lock"):
        if not folder.is_dir():
            say(f"Fetching Apache Kafka {kafka_version()} with Maven, once (about 45 MB).")
            _fetch(folder, env)
    return folder


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each jar in ``folder``, by file name."""
    return {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(folder.glob("*.jar"))}


def download(folder: Path, env: Mapping[str, str]) -> None:
    """Let Maven copy the pom's dependencies into ``folder``, whatever they are."""
    maven = maven_program(env)
    if maven is None:
        raise KafkaUnavailableError("Maven is not installed; install it with `apt-get install maven`.")
    pom = folder / "pom.xml"  # a copy: the original may lie where we cannot write
    shutil.copyfile(POM, pom)
    try:
        fetched = run(
            [maven, "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
            env=env,
            timeout_s=FETCH_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise KafkaUnavailableError(
            f"Maven did not finish within {FETCH_TIMEOUT_S} s; look at the network and try again."
        ) from error
    pom.unlink()
    if fetched.returncode != 0:
        reasons = [line for line in fetched.stdout.splitlines() if "ERROR" in line]
        raise KafkaUnavailableError(
            f"Maven could not fetch Kafka ({reasons[0] if reasons else 'no reason given'}); "
            f"look at the network or at the mirror in ~/.m2/settings.xml, then try again."
        )


def _fetch(folder: Path, env: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".kafka-") as temporary:
        fresh = Path(temporary) / "jars"
        fresh.mkdir()
        download(fresh, env)
        expected, got = json.loads(HASHES.read_text(encoding="utf-8")), hashes(fresh)
        if got != expected:
            odd = sorted(name for name in expected | got if expected.get(name) != got.get(name))
            raise KafkaUnavailableError(
                f"These jars are not the ones we know: {', '.join(odd)}. Do not use them; ask who runs the mirror."
            )
        fresh.rename(folder)


def pin(env: Mapping[str, str] = os.environ) -> None:
    """Write the list of hashes anew after a change of the pom; read the difference before you commit it."""
    with tempfile.TemporaryDirectory() as temporary:
        download(Path(temporary), env)
        HASHES.write_text(json.dumps(hashes(Path(temporary)), indent=2, sort_keys=True) + "\n", encoding="utf-8")
