"""Who may do what, and what a request brings: the people and the pieces that routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from shared.access.errors import OutsideAreaError
from shared.access.paging import PageQuery
from shared.access.roles import Role
from shared.http import Command, Principal, command, page_query, require
from shared.messaging.outbox import UnitOfWork

_STAFF = (
    Role.ENUMERATOR, Role.VERIFIER, Role.PROGRAMME_OWNER, Role.APPROVER, Role.TREASURER, Role.BPJS_BRANCH,
    Role.INSPECTOR, Role.COMPLIANCE_OFFICER, Role.OPERATOR, Role.AUDITOR,
)  # fmt: skip
Registrar = Annotated[Principal, Depends(require(Role.ENUMERATOR, Role.VERIFIER))]
Verifier = Annotated[Principal, Depends(require(Role.VERIFIER))]
CheckListUploader = Annotated[Principal, Depends(require(Role.BPJS_BRANCH, Role.VERIFIER))]
RosterReader = Annotated[
    Principal, Depends(require(Role.ENUMERATOR, Role.VERIFIER, Role.PROGRAMME_OWNER, Role.AUDITOR))
]
PeopleReader = Annotated[Principal, Depends(require(Role.VERIFIER, Role.PROGRAMME_OWNER, Role.AUDITOR))]
Staff = Annotated[Principal, Depends(require(*_STAFF))]
Order = Annotated[Command[UnitOfWork], Depends(command)]
Paging = Annotated[PageQuery, Depends(page_query)]


def area_prefixes(who: Principal) -> list[str]:
    """The areas of somebody who brings people. Raises OutsideAreaError for somebody who has none."""
    if not who.areas:
        raise OutsideAreaError
    return who.areas.sql_prefixes()
