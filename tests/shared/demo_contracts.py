"""The contract of the demonstration service, a stamp book: its one event, its topics and its catalogue.

Services of other tests run on the same broker, so names carry PAYUNG_TEST_SUFFIX where a test sets it.
"""

from __future__ import annotations

import os
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Event
from shared.contracts.catalogue import parked_topic
from shared.contracts.spec import Catalogue, TopicSpec
from shared.contracts.values import about

SUFFIX = os.environ.get("PAYUNG_TEST_SUFFIX", "")
SERVICE_NAME = f"demo{SUFFIX}"
LARGEST_ADDITION = 1_000


class StampAdded(Event):
    """Stamps were put into a booklet."""

    TOPIC: ClassVar[str] = f"stamp{SUFFIX}.added"
    KEY_FIELD: ClassVar[str] = "booklet_id"

    booklet_id: Annotated[UUID, about("The booklet.")]
    stamps: Annotated[int, Field(ge=1, le=LARGEST_ADDITION), about("How many were added.", unit="stamps")]


CATALOGUE = Catalogue(
    [
        TopicSpec(StampAdded.TOPIC, "Stamps were put into a booklet.", StampAdded, (SERVICE_NAME,), (SERVICE_NAME,), 3),
        parked_topic(SERVICE_NAME),
    ]
)
