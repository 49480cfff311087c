"""Makes the topics of a catalogue on a Kafka cluster; running it again changes nothing.

Topics are never created by writing to them: a wrong name would become a topic with the wrong partitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.contracts.catalogue import Catalogue, TopicSpec
from shared.contracts.publishing.topic_config import ClusterSettings, topic_config

Outcome = Literal["created", "unchanged", "corrected", "differs", "planned"]

_SET_ON_THE_TOPIC = 1
_POLL_S = 0.05
_LOOKS_AFTER_CORRECTION = 100


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What became of one topic. ``differences``: what was or is otherwise than the catalogue says, a sentence each.

    created; unchanged; corrected: every difference was removed; differs: at least one is left and needs a person;
    planned: nobody writes it yet, so it was not made, and was left alone where it is there.
    """

    name: str
    outcome: Outcome
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    partitions: int
    replication_factor: int


@dataclass(frozen=True, slots=True)
class _State:
    found: _Found
    settings: Mapping[str, tuple[str, int]]


class TopicsError(Exception):
    """Kafka refused; the message says what to do."""


async def apply_topics(
    admin: AIOKafkaAdminClient,
    catalogue: Catalogue,
    cluster: ClusterSettings,
    *,
    add_partitions: bool = False,
    correct_settings: bool = True,
    timeout_s: float = 30.0,
) -> tuple[TopicReport, ...]:
    """Create missing topics and bring the others in line, as far as that is safe; a report per topic.

    A planned topic is not made. Where it is there already, from a time when it was made, it stays as it is: whoever
    deletes a topic deletes events, so that is for a person.
    Partitions are only added with ``add_partitions``, because keys move to other partitions: stop the writers and let
    the readers catch up first. They are never taken away. With ``correct_settings`` false, settings are only reported.
    Other settings that somebody has put on a topic stay. Raises TopicsError when Kafka refuses, TimeoutError when new
    topics are not served within ``timeout_s``.
    """
    specs = catalogue.existing
    before = await _find(admin)
    created = await _create(admin, [spec for spec in specs if spec.name not in before], cluster)
    # Also those that another process has created meanwhile: a broker does not know them at once.
    await _wait_until_served(admin, {spec.name for spec in specs} - before.keys(), timeout_s)
    existing = [spec for spec in specs if spec.name not in created]
    found = await _find(admin) if any(spec.name not in before for spec in existing) else before
    settings = await _settings(admin, [spec.name for spec in existing])
    reports = {spec.name: _planned(spec, before) for spec in catalogue if spec.planned}
    reports |= {name: TopicReport(name, "created") for name in created}
    for spec in existing:
        state = _State(found[spec.name], settings.get(spec.name, {}))
        reports[spec.name] = await _align(admin, spec, state, cluster, add_partitions, correct_settings)
    return tuple(reports[spec.name] for spec in catalogue)


def _planned(spec: TopicSpec, found: Mapping[str, _Found]) -> TopicReport:
    sentence = "Nobody writes it yet; not made."
    if spec.name in found:
        sentence = "Nobody writes it yet; it is there from before and was left alone."
    return TopicReport(spec.name, "planned", (sentence,))


async def _align(
    admin: AIOKafkaAdminClient,
    spec: TopicSpec,
    state: _State,
    cluster: ClusterSettings,
    add_partitions: bool,
    correct_settings: bool,
) -> TopicReport:
    """Bring one existing topic in line as far as allowed."""
    mended, left = await _partitions(admin, spec, state.found, add_partitions)
    if state.found.replication_factor != cluster.replication_factor:
        left.append(
            f"Each event is kept {state.found.replication_factor} times and should be kept "
            f"{cluster.replication_factor} times; move replicas with Kafka's own tools."
        )
    drift = _drift(topic_config(spec, cluster), state.settings)
    if drift and correct_settings:
        await _correct(admin, spec, cluster, state.settings)
        await _wait_until_corrected(admin, spec, cluster)
    (mended if correct_settings else left).extend(drift)
    outcome: Outcome = "differs" if left else "corrected" if mended else "unchanged"
    return TopicReport(spec.name, outcome, (*left, *mended))


async def _find(admin: AIOKafkaAdminClient) -> dict[str, _Found]:
    # All topics are asked for: asking for one by name could create it.
    return {
        topic["topic"]: _Found(
            len(topic["partitions"]), min((len(part["replicas"]) for part in topic["partitions"]), default=0)
        )
        for topic in await admin.describe_topics()
    }


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[TopicSpec], cluster: ClusterSettings) -> set[str]:
    """Create topics; the names of those created. Another process may have been faster."""
    if not missing:
        return set()
    answer = await admin.create_topics(
        [
            NewTopic(spec.name, spec.partitions, cluster.replication_factor, topic_configs=topic_config(spec, cluster))
            for spec in missing
        ]
    )
    created = set()
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            created.add(name)
        elif error is not TopicAlreadyExistsError:
            raise TopicsError(
                f"Kafka did not create {name}: {error.__name__} {(message or [''])[0] or ''}. Check the number of "
                f"brokers against replication factor {cluster.replication_factor} and the right to create topics."
            )
    return created


async def _wait_until_served(admin: AIOKafkaAdminClient, names: set[str], timeout_s: float) -> None:
    waiting = set(names)
    try:
        async with asyncio.timeout(timeout_s):
            while waiting:
                for topic in await admin.describe_topics():
                    if topic["error_code"] == 0 and all(part["leader"] >= 0 for part in topic["partitions"]):
                        waiting.discard(topic["topic"])
                if waiting:
                    await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise TimeoutError(
            f"Kafka has not begun to serve {', '.join(sorted(waiting))} within {timeout_s:g} s; look at the brokers' "
            "logs and run it again."
        ) from None


async def _settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
    """Settings in force by topic and Kafka's name: value and where it comes from."""
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, tuple[str, int]]] = {}
    for answer in answers:
        for code, message, _, name, entries in answer.resources:
            if code:
                raise TopicsError(
                    f"Kafka does not tell the settings of {name}: {for_code(code).__name__} {message or ''}."
                )
            found[name] = {key: (value, source) for key, value, _, source, *_ in entries}
    return found


def _drift(wanted: Mapping[str, str], found: Mapping[str, tuple[str, int]]) -> list[str]:
    # The stand-in broker does not know every setting; what a broker does not name cannot be compared.
    return [
        f"{key} was {found[key][0]} and should be {value}."
        for key, value in wanted.items()
        if key in found and found[key][0] != value
    ]


async def _correct(
    admin: AIOKafkaAdminClient, spec: TopicSpec, cluster: ClusterSettings, found: Mapping[str, tuple[str, int]]
) -> None:
    # This request replaces all settings of the topic, so those that somebody else has put there go along.
    kept = {key: value for key, (value, source) in found.items() if source == _SET_ON_THE_TOPIC}
    wanted = {**kept, **topic_config(spec, cluster)}
    answers = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, spec.name, wanted)])
    for answer in answers:
        for code, message, *_ in answer.resources:
            if code:
                raise TopicsError(
                    f"Kafka does not change the settings of {spec.name}: {for_code(code).__name__} {message or ''}."
                )


async def _wait_until_corrected(admin: AIOKafkaAdminClient, spec: TopicSpec, cluster: ClusterSettings) -> None:
    """A broker learns of new settings a moment after the controller has taken them."""
    for _ in range(_LOOKS_AFTER_CORRECTION):
        found = await _settings(admin, [spec.name])
        if not _drift(topic_config(spec, cluster), found.get(spec.name, {})):
            return
        await asyncio.sleep(_POLL_S)


async def _partitions(
    admin: AIOKafkaAdminClient, spec: TopicSpec, found: _Found, add: bool
) -> tuple[list[str], list[str]]:
    """Compare and perhaps add partitions: what was mended, what is left."""
    if found.partitions == spec.partitions:
        return [], []
    sentence = f"It has {found.partitions} partitions and should have {spec.partitions}"
    if found.partitions > spec.partitions:
        return [], [f"{sentence}; Kafka cannot take partitions away, so correct the catalogue."]
    if not add:
        return [], [f"{sentence}; adding them moves keys: stop the writers, let the readers catch up, then allow it."]
    await _add_partitions(admin, spec)
    return [f"{sentence}."], []


async def _add_partitions(admin: AIOKafkaAdminClient, spec: TopicSpec) -> None:
    try:
        await admin.create_partitions({spec.name: NewPartitions(spec.partitions)})
    except KafkaError as error:
        raise TopicsError(
            f"Kafka does not add partitions to {spec.name}: {type(error).__name__}. The stand-in broker cannot; a real "
            "one asks for the right to alter the topic."
        ) from error
