"""The schema goes up and down."""

from __future__ import annotations

from tests.shared.service.migration_checks import check_up_and_down


async def test_it_goes_up_and_down(database_url: str) -> None:
    await check_up_and_down("services.enrolment.migrations", database_url)
