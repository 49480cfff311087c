"""Who may ask: staff, each within the own area."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from shared.access.roles import Role
from shared.http import Principal, require

_STAFF = (
    Role.VERIFIER, Role.PROGRAMME_OWNER, Role.APPROVER, Role.TREASURER, Role.BPJS_BRANCH, Role.INSPECTOR,
    Role.COMPLIANCE_OFFICER, Role.OPERATOR, Role.AUDITOR,
)  # fmt: skip
Staff = Annotated[Principal, Depends(require(*_STAFF))]
