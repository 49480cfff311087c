"""Who may do what with subsidies. What somebody sees is narrowed to the area in the token, in the store's queries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from shared.access.paging import PageQuery
from shared.access.roles import Role
from shared.http import Command, Principal, command, page_query, require
from shared.messaging.outbox import UnitOfWork

Owner = Annotated[Principal, Depends(require(Role.PROGRAMME_OWNER))]
Approver = Annotated[Principal, Depends(require(Role.APPROVER))]
Treasurer = Annotated[Principal, Depends(require(Role.TREASURER))]
Solver = Annotated[Principal, Depends(require(Role.PROGRAMME_OWNER, Role.TREASURER))]
Staff = Annotated[
    Principal,
    Depends(
        require(
            Role.PROGRAMME_OWNER,
            Role.APPROVER,
            Role.TREASURER,
            Role.AUDITOR,
            Role.VERIFIER,
            Role.COMPLIANCE_OFFICER,
            Role.INSPECTOR,
            Role.OPERATOR,
        )
    ),
]
Order = Annotated[Command[UnitOfWork], Depends(command)]
Paging = Annotated[PageQuery, Depends(page_query)]
PathId = Annotated[UUID, Path()]
