"""Routes of messages: what became of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.notification import store
from services.notification.http.access import Staff
from services.notification.http.answers import MessageAnswer
from services.notification.http.bodies import Paging, PurposeFilter
from services.notification.http.problems import MESSAGE_UNKNOWN
from shared.access.paging import Page
from shared.http import ProblemError, Reading


def add_routes(router: APIRouter) -> None:
    """Add them."""

    @router.get("/messages")
    async def list_messages(
        who: Staff, tx: Reading, query: Paging, recipient_id: UUID | None = None, purpose: PurposeFilter = None
    ) -> Page[MessageAnswer]:
        messages = await store.messages.page(tx, who.areas, query, recipient_id, purpose)
        answers = [MessageAnswer.model_validate(message) for message in messages]
        return store.messages.NEWEST_FIRST.page(messages, answers, query)

    @router.get("/messages/{message_id}")
    async def show_message(message_id: UUID, who: Staff, tx: Reading) -> MessageAnswer:
        message = await store.messages.find(tx, who.areas, message_id)
        if message is None:
            raise ProblemError(MESSAGE_UNKNOWN)
        return MessageAnswer.model_validate(message)
