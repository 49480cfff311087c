"""What the API gives, and how it is made from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.notification.rules.states import MessageState
from services.notification.store.messages import MessageCount
from shared.periods import Month


class MessageAnswer(BaseModel):
    """A message without its text. Made with ``MessageAnswer.model_validate(message)``."""

    model_config = ConfigDict(from_attributes=True)

    message_id: UUID
    recipient_id: UUID
    recipient_kind: str
    purpose: str
    period: Month
    region_code: str
    state: MessageState
    reason: str | None
    channel: str | None
    attempts: int
    created_at: datetime


class SummaryAnswer(BaseModel):
    """How many messages there are in the caller's area."""

    messages: Annotated[dict[str, int], Field(description="By purpose.")]
    states: Annotated[dict[str, int], Field(description="By state; every state is there.")]
    failed_by_reason: Annotated[dict[str, int], Field(description="Of the failed ones, by reason.")]

    @classmethod
    def of(cls, counts: Sequence[MessageCount]) -> Self:
        """The sums of ``counts``."""
        purposes: Counter[str] = Counter()
        states: Counter[str] = Counter(dict.fromkeys(MessageState, 0))
        reasons: Counter[str] = Counter()
        for count in counts:
            purposes[count.purpose] += count.messages
            states[count.state] += count.messages
            if count.reason is not None:
                reasons[count.reason] += count.messages
        return cls(messages=purposes, states=states, failed_by_reason=reasons)
