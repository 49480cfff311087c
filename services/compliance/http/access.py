"""Who may do what: the people that the routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from shared.access.paging import PageQuery
from shared.access.roles import Role
from shared.http import Command, Principal, command, page_query, require
from shared.messaging.outbox import UnitOfWork

_STAFF = (
    Role.VERIFIER, Role.PROGRAMME_OWNER, Role.APPROVER, Role.TREASURER, Role.BPJS_BRANCH, Role.INSPECTOR,
    Role.OPERATOR, Role.AUDITOR, Role.ENUMERATOR,
)  # fmt: skip

Officer = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER))]
Uploader = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, Role.BPJS_BRANCH))]
Reader = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, Role.BPJS_BRANCH, Role.INSPECTOR, Role.AUDITOR))]
Staff = Annotated[Principal, Depends(require(Role.COMPLIANCE_OFFICER, *_STAFF))]
Order = Annotated[Command[UnitOfWork], Depends(command)]
Paging = Annotated[PageQuery, Depends(page_query)]
