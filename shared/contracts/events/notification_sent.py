"""The fact that a message has been handed to a carrier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import MessageEvent
from shared.contracts.fields import MessageLanguage
from shared.contracts.values import Code, UtcMoment, about
from shared.money import NonNegativeRupiah, Rupiah


class NotificationSent(MessageEvent):
    """A message has been handed to the carrier of its channel.

    Emitted per hand-over. It has not arrived yet: notification.delivered or notification.failed follows if the channel
    knows.
    """

    TOPIC = "notification.sent"

    language: MessageLanguage
    template: Annotated[Code, about("Which template was used.")]
    template_version: Annotated[int, Field(ge=1, le=100_000), about("Which version of the template.")]
    attempt: Annotated[int, Field(ge=1, le=1000), about("1 for the first hand-over of this message.")]
    cost_rupiah: Annotated[
        NonNegativeRupiah,
        about("What the carrier charges; 0 for email and mailbox, which nobody charges for.", unit="rupiah"),
    ]
    sent_at: Annotated[UtcMoment, about("When it was handed over, UTC.")]
    cause_event_id: Annotated[
        UUID | None, about("ce_id of the event that led to the message; null for a mass send.")
    ] = None

    @classmethod
    def example(cls) -> NotificationSent:
        """The fisher is told that November is paid."""
        return cls(
            aggregate_version=1,
            **examples.MESSAGE_OF_NOVEMBER,
            language="id",
            template="contribution-paid",
            template_version=3,
            attempt=1,
            cost_rupiah=Rupiah(350),
            sent_at=datetime(2026, 11, 13, 2, 15, 4, tzinfo=UTC),
            cause_event_id=examples.CAUSE,
        )
