"""What every event has in common: it knows its topic, its version, its key, and it refuses wrong values.

Readers ignore fields they do not know, so a writer may add optional fields without asking anybody.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

# Readers in JavaScript hold integers exactly up to here.
LARGEST_EXACT_INTEGER = 2**53 - 1


class Event(BaseModel):
    """A fact that has happened. Subclasses are frozen contracts: one file each, changed only as the gate allows.
    What a family of them begins with is in families.py.

    ``TOPIC`` is the Kafka topic (``noun.verb-past``), ``VERSION`` the major version of the schema, ``KEY_FIELD``
    the field whose value is the Kafka key (never a personal number). ``aggregate_version`` counts the changes of
    the thing that the event is about, from 1, so that readers can recognise what is older than what they know.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, ser_json_timedelta="iso8601")

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1
    KEY_FIELD: ClassVar[str]

    aggregate_version: Annotated[
        int,
        Field(
            ge=1,
            le=LARGEST_EXACT_INTEGER,
            description="Counts the changes of the thing this event is about, from 1. Ignore an event whose number is "
            "not higher than the one you know.",
        ),
    ]

    @property
    def key(self) -> str:
        """The Kafka key as text: the identifier of the thing that the event is about."""
        return str(getattr(self, self.KEY_FIELD))

    def to_json_bytes(self) -> bytes:
        """The body as it travels: UTF-8 JSON."""
        return self.__pydantic_serializer__.to_json(self)

    @classmethod
    def from_json_bytes(cls, body: bytes | str) -> Self:
        """Read a body. Raises pydantic's ValidationError, naming each field that is wrong."""
        return cls.model_validate_json(body)

    @classmethod
    def example(cls) -> Self:
        """A valid, realistic instance, used in the documents and tests. Raises LookupError where none was written."""
        raise LookupError(
            f"{cls.__name__} has no example yet; give it a classmethod example() that returns a realistic instance."
        )
