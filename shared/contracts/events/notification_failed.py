"""The fact that a message has not arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.families import MessageEvent
from shared.contracts.values import Code, UtcMoment, about


class NotificationFailed(MessageEvent):
    """A message has not arrived and will not be tried again on this channel.

    Emitted when the last attempt has failed, or when nothing could be tried.
    """

    TOPIC = "notification.failed"

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
            **examples.MESSAGE_OF_NOVEMBER,
            reason="no-contact",
            attempts=0,
            failed_at=datetime(2026, 11, 13, 2, 15, 4, tzinfo=UTC),
        )
