"""What is agreed about a topic besides its event, and the rules that every list of topics must keep.

A catalogue with a mistake cannot be made: a wrong owner or a field for a telephone number is found when the program
starts, not when the first event has left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.contracts.base import Event
from shared.contracts.privacy_check import personal_fields

DataClass = Literal["public", "internal", "restricted"]
"""public: other agencies may be granted it; internal: only Payung's services; restricted: only the named readers."""

# Kafka's limit is 249; the rest is room for the names of clients' own copies.
_LONGEST_NAME = 100
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*")


class CatalogueError(ValueError):
    """A catalogue breaks rules; ``problems`` says which, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The catalogue of topics is wrong:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic.

    ``owners`` may write it, ``readers`` are the services that read it. ``retention_days`` is None for a compacted
    topic, which keeps the latest event of each key. ``tombstones``: a null body means that the key is forgotten.
    ``older_events`` are earlier versions of the event that are still published or still kept.

    ``planned``: the contract stands, but no owner writes it yet; there is no topic in Kafka, nobody may write and
    nobody subscribes. ``planned_readers`` are services that shall read it and have no handler yet.
    """

    name: str
    meaning: str
    event: type[Event]
    owners: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int
    retention_days: int | None = 30
    compacted: bool = False
    tombstones: bool = False
    data_class: DataClass = "public"
    older_events: tuple[type[Event], ...] = ()
    planned: bool = False
    planned_readers: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[type[Event], ...]:
        """The event in all its versions, newest first."""
        return (self.event, *self.older_events)

    def event_of_version(self, version: int) -> type[Event] | None:
        """The event of a schema version, or None if this program does not know it."""
        return next((event for event in self.events if version == event.VERSION), None)

    def why_not_written_by(self, service: str) -> str | None:
        """Why ``service`` may not write it, a sentence; None if it may."""
        if self.planned:
            return f"{self.name} is only planned and has no topic; take the mark away in the catalogue first."
        if service not in self.owners:
            return f"{service} may not write {self.name}; its owners are {', '.join(self.owners)}."
        return None

    @property
    def key_meaning(self) -> str:
        """What the Kafka key is, in words."""
        field = self.event.model_fields.get(self.event.KEY_FIELD)
        return (field.description or "") if field is not None else ""

    def problems(self) -> Iterator[str]:
        """What is wrong with this topic by itself, a sentence each."""
        if not _NAME.fullmatch(self.name) or len(self.name) > _LONGEST_NAME:
            yield f"{self.name!r} is no topic name; write noun.verb-past, lower case, at most {_LONGEST_NAME} letters."
        if not self.meaning.strip():
            yield f"{self.name} has no meaning; write a sentence for people who meet it for the first time."
        if not self.owners:
            yield f"{self.name} has no owner; name the service that may write it."
        for service in sorted(set(self.readers) & set(self.planned_readers)):
            yield f"{self.name} names {service} as a reader and as a planned one; it is one of them."
        if self.partitions < 1:
            yield f"{self.name} needs at least one partition."
        if self.compacted != (self.retention_days is None):
            yield f"{self.name} is either compacted or has retention_days; give exactly one of them."
        if self.retention_days is not None and self.retention_days < 1:
            yield f"{self.name} keeps events for less than a day; give retention_days of 1 or more."
        if self.tombstones and not self.compacted:
            yield f"{self.name} allows deletion marks, which only mean something on a compacted topic."
        versions = [event.VERSION for event in self.events]
        if sorted(set(versions), reverse=True) != versions:
            yield f"{self.name}: event must be the newest version and older_events the earlier ones, newest first."
        for event in self.events:
            yield from self._event_problems(event)

    def _event_problems(self, event: type[Event]) -> Iterator[str]:
        if getattr(event, "TOPIC", None) != self.name:
            yield f"{self.name} carries {event.__name__}, whose TOPIC is another; make them the same."
        if getattr(event, "KEY_FIELD", None) not in event.model_fields:
            yield f"{self.name}: KEY_FIELD of {event.__name__} is not one of its fields; name the field of the key."
        for path, word in personal_fields(event):
            yield (
                f"{self.name}: the field {path} sounds like personal data ({word}). Send a pseudonymous identifier or "
                "put it, encrypted, into the restricted topic."
            )


class Catalogue:
    """Topics by name. Raises CatalogueError when made of specs that break a rule.

    With ``services`` given, owners and readers must be among them and each must have its topic ``<service>.parked``;
    without, whoever is named is a service and parked topics are not asked for.
    """

    def __init__(self, specs: Iterable[TopicSpec], services: Sequence[str] | None = None) -> None:
        found = tuple(specs)
        self._specs = {spec.name: spec for spec in found}
        named = {service for spec in found for service in (*spec.owners, *spec.readers, *spec.planned_readers)}
        self.services: tuple[str, ...] = tuple(services) if services is not None else tuple(sorted(named))
        problems = [problem for spec in found for problem in spec.problems()]
        problems += self._list_problems(found, named, services)
        if problems:
            raise CatalogueError(problems)

    def _list_problems(
        self, found: Sequence[TopicSpec], named: set[str], services: Sequence[str] | None
    ) -> Iterator[str]:
        names = [spec.name for spec in found]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{name} is listed twice; a topic has one entry."
        for service in sorted(named - set(self.services)):
            yield f"{service} owns or reads topics but is not a service; correct the name or add the service."
        for service in services or ():
            spec = self._specs.get(f"{service}.parked")
            if spec is None or spec.owners != (service,):
                yield f"{service} has no topic {service}.parked of its own; add parked_topic({service!r}, ...)."

    def topic(self, name: str) -> TopicSpec:
        """The spec of ``name``. Raises KeyError with a sentence when there is none."""
        try:
            return self._specs[name]
        except KeyError:
            raise KeyError(f"There is no topic {name} in the catalogue (shared/contracts/catalogue.py).") from None

    def __contains__(self, name: object) -> bool:
        return name in self._specs

    def __len__(self) -> int:
        return len(self._specs)

    def __iter__(self) -> Iterator[TopicSpec]:
        return iter(self._specs.values())

    @property
    def existing(self) -> tuple[TopicSpec, ...]:
        """The topics that are there: all but the planned ones."""
        return tuple(spec for spec in self if not spec.planned)

    def owned_by(self, service: str) -> tuple[TopicSpec, ...]:
        """Topics that ``service`` may write; none that is only planned."""
        return tuple(spec for spec in self.existing if service in spec.owners)

    def read_by(self, service: str) -> tuple[TopicSpec, ...]:
        """Topics that ``service`` reads; none that is only planned, and none that it is only planned to read."""
        return tuple(spec for spec in self.existing if service in spec.readers)
