"""The HTTP face of notification: what became of messages, without their text and without names."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.notification.store import questions
from services.notification.store.questions import MessageState
from shared.access.paging import Page, PageQuery
from shared.access.roles import Role
from shared.http import Principal, ProblemError, ProblemType, Reading, page_query, require

MESSAGE_UNKNOWN = ProblemType(
    code="message-unknown",
    status=404,
    title="Pesan tidak ditemukan",
    title_en="There is no such message",
    detail="Tidak ada pesan dengan nomor ini di wilayah Anda. Periksa nomornya.",
    detail_en="No message of your area has this number. Check the number.",
)
PurposeFilter = Annotated[str | None, Query(pattern="^[a-z][a-z-]{0,59}$", description="Only of this purpose.")]
STAFF = require(
    Role.VERIFIER,
    Role.PROGRAMME_OWNER,
    Role.APPROVER,
    Role.TREASURER,
    Role.BPJS_BRANCH,
    Role.INSPECTOR,
    Role.COMPLIANCE_OFFICER,
    Role.OPERATOR,
    Role.AUDITOR,
)


class Summary(BaseModel):
    """How many messages there are in the caller's area."""

    messages: Annotated[dict[str, int], Field(description="By purpose.")]
    states: Annotated[dict[str, int], Field(description="By state.")]
    failed_by_reason: Annotated[dict[str, int], Field(description="Of the failed ones, by reason.")]


def router() -> APIRouter:
    """The routes."""
    made = APIRouter(prefix="/v1")

    @made.get("/messages")
    async def list_messages(
        who: Annotated[Principal, Depends(STAFF)],
        tx: Reading,
        query: Annotated[PageQuery, Depends(page_query)],
        recipient_id: UUID | None = None,
        purpose: PurposeFilter = None,
    ) -> Page[MessageState]:
        return await questions.list_messages(tx, who.areas, query, recipient_id, purpose)

    @made.get("/messages/{message_id}")
    async def show_message(message_id: UUID, who: Annotated[Principal, Depends(STAFF)], tx: Reading) -> MessageState:
        found = await questions.find_message(tx, who.areas, message_id)
        if found is None:
            raise ProblemError(MESSAGE_UNKNOWN)
        return found

    @made.get("/summary")
    async def show_summary(who: Annotated[Principal, Depends(STAFF)], tx: Reading) -> Summary:
        messages, states, reasons = await questions.count_messages(tx, who.areas)
        return Summary(messages=messages, states=states, failed_by_reason=reasons)

    return made
