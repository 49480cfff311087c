"""The fact that a message has arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from shared.contracts import examples
from shared.contracts.families import MessageEvent
from shared.contracts.values import UtcMoment, about


class NotificationDelivered(MessageEvent):
    """The carrier says that a message has arrived.

    Emitted at the first receipt.
    """

    TOPIC = "notification.delivered"

    delivered_at: Annotated[UtcMoment, about("When it arrived, as the carrier says, UTC.")]

    @classmethod
    def example(cls) -> NotificationDelivered:
        """It has arrived."""
        return cls(
            aggregate_version=2,
            **examples.MESSAGE_OF_NOVEMBER,
            delivered_at=datetime(2026, 11, 13, 2, 15, 11, tzinfo=UTC),
        )
