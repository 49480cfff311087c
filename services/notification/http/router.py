"""The routes, put together."""

from __future__ import annotations

from fastapi import APIRouter

from services.notification.http import messages, overview


def router() -> APIRouter:
    """All routes, under /v1."""
    routes = APIRouter(prefix="/v1")
    messages.add_routes(routes)
    overview.add_routes(routes)
    return routes
