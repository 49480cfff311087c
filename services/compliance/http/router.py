"""All routes of compliance, put together."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance.handlers.sealing import Sealing
from services.compliance.http import assessments, cases, employers, files, uploads
from services.compliance.rules.rulebook import Rulebook
from services.compliance.settings import ComplianceSettings
from shared.service import Context


def router(context: Context[ComplianceSettings], rulebook: Rulebook, sealing: Sealing) -> APIRouter:
    """All routes, under /v1."""
    routes = APIRouter(prefix="/v1")
    uploads.add(routes, context, rulebook, sealing)
    files.add(routes, context.database)
    assessments.add(routes, rulebook)
    employers.add(routes, rulebook)
    cases.add(routes, rulebook)
    return routes
