"""Alembic's entry; all of it is in the kit."""

from services.subsidy import tables  # noqa: F401 - so that metadata is complete
from shared.service.migrations import run_environment

run_environment()
