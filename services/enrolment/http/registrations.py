"""The route by which an officer registers one person, with the form's own words as in a roster's columns."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.enrolment.handlers.desk import RegistrationDesk
from shared.access.errors import OutsideAreaError
from shared.access.roles import Role
from shared.http import Answer, Command, Principal, command, require
from shared.messaging.outbox import UnitOfWork

_OFFICERS = require(Role.ENUMERATOR, Role.VERIFIER)
# As long as the longest that a cell of a roster may be; what it holds is judged as such a cell is.
Cell = Annotated[str, Field(max_length=1000)]


class NewWorker(BaseModel):
    """A person as the form has it. Every value is judged, and corrected in form only, as in a roster."""

    model_config = ConfigDict(extra="forbid")

    nama: Annotated[Cell, Field(description="Name as on the identity card.")]
    nik: Annotated[Cell, Field(description="16 digits, from the identity card or the family card.")]
    tanggal_lahir: Annotated[Cell, Field(description="Date of birth: 1980-12-31 or 31/12/1980.")]
    jenis_kelamin: Annotated[Cell, Field(description="L or P.")]
    kode_desa: Annotated[Cell, Field(description="Kemendagri code of the village, 10 digits.")]
    kode_pekerjaan: Annotated[Cell, Field(description="Code of the programme's list of occupations.")]
    status_bekerja: Annotated[Cell, Field(description="ya or tidak.")]
    desil: Annotated[Cell, Field(description="Welfare decile, 1 to 10.")]
    alamat: Annotated[Cell, Field(description="Address.")] = ""
    telepon: Annotated[Cell, Field(description="Mobile number; left out with a note if it cannot be one.")] = ""
    email: Annotated[Cell, Field(description="E-mail address; left out with a note if it cannot be one.")] = ""


class RegisteredAnswer(BaseModel):
    """A person who was registered, and what the rules decided at once."""

    worker_id: UUID
    decision: Annotated[str, Field(description="verified or rejected")]
    reasons: Annotated[list[str], Field(description="Why rejected, as codes of worker.rejected.")]
    notes: Annotated[list[str], Field(description="What is odd about the entry, as codes; no reason to refuse.")]


def add_routes(made: APIRouter, desk: RegistrationDesk) -> None:
    """Add them."""

    @made.post("/workers", status_code=201, response_model=RegisteredAnswer)
    async def register_worker(
        body: NewWorker,
        who: Annotated[Principal, Depends(_OFFICERS)],
        order: Annotated[Command[UnitOfWork], Depends(command)],
    ) -> Response:
        if not who.areas:
            raise OutsideAreaError

        async def work(uow: UnitOfWork) -> Answer:
            decided, notes = await desk.register(uow, body.model_dump(), who.subject, who.areas.sql_prefixes())
            answer = RegisteredAnswer(
                worker_id=decided.worker_id,
                decision=decided.decision,
                reasons=list(decided.reasons),
                notes=list(notes),
            )
            return Answer(answer, 201)

        return await order.run(work)
