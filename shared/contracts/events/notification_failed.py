"""The fact that a message has not arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import Channel, MessageRef, Period, Purpose, Recipient, RecipientKind
from shared.contracts.values import Code, UtcMoment, about
from shared.periods import Month


class NotificationFailed(Event):
    """A message has not arrived and will not be tried again on this channel.

    Emitted when the last attempt has failed, or when nothing could be tried.
    """

    TOPIC = "notification.failed"
    KEY_FIELD = "recipient_id"

    message_id: MessageRef
    recipient_id: Recipient
    recipient_kind: RecipientKind
    purpose: Purpose
    period: Period
    channel: Channel
    reason: Annotated[
        Code,
        about(
            "Why.",
            known={
                "no-contact": "no way to reach the recipient is known",
                "unreachable": "the recipient cannot be reached there",
                "refused": "the carrier refused the message",
                "expired": "not delivered in time",
                "cost-cap": "the cost limit is reached",
                "erased": "the recipient's data were erased",
                "carrier-down": "the carrier did not answer",
                "contact-unreadable": "the sealed contact cannot be opened: its key is missing or it was changed",
            },
        ),
    ]
    attempts: Annotated[int, Field(ge=0, le=1000), about("How often it was handed over.")]
    failed_at: Annotated[UtcMoment, about("When it was given up, UTC.")]

    @classmethod
    def example(cls) -> NotificationFailed:
        """No telephone is known."""
        return cls(
            aggregate_version=2,
            message_id=examples.MESSAGE,
            recipient_id=examples.WORKER,
            recipient_kind="worker",
            purpose="paid",
            period=Month(2026, 11),
            channel="whatsapp",
            reason="no-contact",
            attempts=0,
            failed_at=datetime(2026, 11, 13, 2, 15, 4, tzinfo=UTC),
        )
