"""Decides which broker this machine gets: one of its own, real Kafka, or the stand-in, and says why in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from deploy.local import kafka, mesh
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import Home, default_cache
from deploy.local.kafka.java import OLDEST, java_program, java_version

BrokerKind = Literal["kafka", "mesh", "external"]
CHOICE = "PAYUNG_LOCAL_BROKER"
EXTERNAL = "PAYUNG_KAFKA_BOOTSTRAP"


def prepare(home: Home, env: Mapping[str, str], say: Callable[[str], None]) -> tuple[BrokerKind, Child | None]:
    """The kind of broker and its process, ready to start (``None`` for one that runs elsewhere).

    Raises:
        LocalRunError: ``PAYUNG_LOCAL_BROKER`` has an unknown value.
        KafkaUnavailableError: real Kafka is demanded and cannot run here.
    """
    if env.get(EXTERNAL):
        return "external", None
    choice = env.get(CHOICE, "auto")
    if choice not in {"auto", "kafka", "mesh"}:
        raise LocalRunError(f"{CHOICE} is {choice!r}; set it to kafka, mesh or auto.")
    if choice == "mesh":
        say(f"{mesh.WEAKER} ({CHOICE}=mesh).")
        return "mesh", mesh.server(home)
    try:
        return "kafka", _real(home, env, say)
    except kafka.KafkaUnavailableError as error:
        if choice == "kafka":
            raise
        say(f"{mesh.WEAKER}, because: {error}")
        return "mesh", mesh.server(home)


def _real(home: Home, env: Mapping[str, str], say: Callable[[str], None]) -> Child:
    java = java_program(env)
    version = java_version(java) if java else None
    if java is None or version is None or version < OLDEST:
        found = "Java is not installed" if version is None else f"Java {version} is too old for Kafka"
        raise kafka.KafkaUnavailableError(f"{found}; install it with `apt-get install openjdk-{OLDEST}-jre-headless`.")
    jars = kafka.ensure_jars(default_cache(env), env, say)
    return kafka.server(home, jars, java, kafka.ensure_archive(jars, java, say))
