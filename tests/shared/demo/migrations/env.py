"""Alembic's entry; all of it is in the kit."""

from shared.service.migrations import run_environment
from tests.shared.demo import tables  # noqa: F401 - so that metadata is complete

run_environment()
