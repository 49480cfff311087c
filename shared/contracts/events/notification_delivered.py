"""The fact that a message has arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import Channel, MessageRef, Period, Purpose, Recipient, RecipientKind
from shared.contracts.values import UtcMoment, about
from shared.periods import Month


class NotificationDelivered(Event):
    """The carrier says that a message has arrived.

    Emitted at the first receipt.
    """

    TOPIC = "notification.delivered"
    KEY_FIELD = "recipient_id"

    message_id: MessageRef
    recipient_id: Recipient
    recipient_kind: RecipientKind
    purpose: Purpose
    period: Period
    channel: Channel
    delivered_at: Annotated[UtcMoment, about("When it arrived, as the carrier says, UTC.")]

    @classmethod
    def example(cls) -> NotificationDelivered:
        """It has arrived."""
        return cls(
            aggregate_version=2,
            message_id=examples.MESSAGE,
            recipient_id=examples.WORKER,
            recipient_kind="worker",
            purpose="paid",
            period=Month(2026, 11),
            channel="whatsapp",
            delivered_at=datetime(2026, 11, 13, 2, 15, 11, tzinfo=UTC),
        )
