"""What every way to people has in common, so that the delivery does not know which one it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.notification.rules.outcomes import Outcome
from services.notification.rules.templates import Template
from services.notification.rules.texts import Text
from services.notification.store.batches import ClaimedMessage
from services.notification.store.queue import QueuedMessage
from shared.privacy import Contact


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished message and whom it goes to. Personal: it lives only while it is handed over."""

    message: QueuedMessage
    template: Template
    contact: Contact = field(repr=False)
    text: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claimed message. ``template`` is that of the text, where one was written."""

    message: QueuedMessage
    outcome: Outcome
    template: Template | None = None


class LetterWriter(Protocol):
    """Opens contacts and finds the words."""

    def write(self, messages: Sequence[ClaimedMessage], day: date) -> tuple[list[Letter], list[Result]]:
        """The letters in the wording of ``day`` (WITA), and what became of the messages that cannot be written."""
        ...


class Channel(Protocol):
    """A way to people."""

    @property
    def name(self) -> str:
        """What events call it: mailbox, email, sms, whatsapp."""
        ...

    @property
    def disturbs(self) -> bool:
        """Whether somebody's telephone rings: then quiet hours hold."""
        ...

    @property
    def knows_repeats(self) -> bool:
        """Whether handing the same batch over again is harmless. If not, an interrupted batch is never repeated."""
        ...

    @property
    def batch_size(self) -> int:
        """The most messages in a batch."""
        ...

    async def hand_over(self, batch_id: UUID, opened_at: datetime, letters: Sequence[Letter]) -> Mapping[UUID, Outcome]:
        """Hand ``letters`` over; gives the outcome by message, and a message it does not name was not tried.

        Raises only where nothing was handed over, or where `knows_repeats`. What it raises or logs is never personal.
        """
        ...
