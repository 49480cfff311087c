"""A small contract of its own for the tests of the gate, so that they do not depend on Payung's real topics."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import create_model

from shared.contracts.base import Event
from shared.contracts.spec import Catalogue, TopicSpec
from shared.contracts.values import Code, Count, about

BOAT = UUID("019ac4f2-0000-7000-8000-000000000001")


class BoatMoored(Event):
    """A boat has been moored. Serves only as an example for tests."""

    TOPIC: ClassVar[str] = "boat.moored"
    KEY_FIELD: ClassVar[str] = "boat_id"

    boat_id: Annotated[UUID, about("The boat.")]
    quay: Annotated[Count, about("Number of the quay.", unit="number")]
    colour: Annotated[Literal["red", "green"], about("Colour of its light.")] = "red"
    cargo: Annotated[Code, about("What it carries.", known={"rice": "rice", "fish": "fish"})] = "rice"

    @classmethod
    def example(cls) -> BoatMoored:
        """A boat at quay 3."""
        return cls(aggregate_version=1, boat_id=BOAT, quay=3)


def boat(version: int = 1, /, **fields: Any) -> type[Event]:
    """BoatMoored with ``fields`` changed or added, as pydantic's create_model takes them; None drops a field."""
    known = {name: (info.annotation, info) for name, info in BoatMoored.model_fields.items()}
    wanted = {name: field for name, field in {**known, **fields}.items() if field is not None}
    made: type[Event] = create_model("BoatMoored", __base__=Event, __module__=__name__, **wanted)
    made.__doc__ = BoatMoored.__doc__
    made.TOPIC, made.KEY_FIELD, made.VERSION = "boat.moored", "boat_id", version
    body = {"aggregate_version": 1, "boat_id": BOAT, "quay": 3}
    # Built without validation: some of the changes under test make this example wrong.
    made.example = classmethod(lambda cls: cls.model_construct(**body))  # type: ignore[method-assign,assignment]
    return made


def boat_spec(event: type[Event] = BoatMoored, **facts: Any) -> TopicSpec:
    """The topic of boats, with ``facts`` changed."""
    usual: dict[str, Any] = {
        "name": event.TOPIC,
        "meaning": "A boat has been moored.",
        "event": event,
        "owners": ("harbour",),
        "readers": ("customs",),
        "partitions": 4,
    }
    return TopicSpec(**{**usual, **facts})


def boats(event: type[Event] = BoatMoored, **facts: Any) -> Catalogue:
    """A catalogue of that one topic."""
    return Catalogue([boat_spec(event, **facts)])
