"""The workers' part of the main job up to membership: a list goes in, is accepted by a second person, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.sandbox.programme.offices import Offices, ProgrammeError
from deploy.sandbox.programme.people import BRANCH, ENUMERATOR, OPERATOR, VERIFIER

READ_TIMEOUT_S = 900.0
_SERVICE = "enrolment"


async def hand_in_check_lists(offices: Offices, folder: Path) -> None:
    """Who has died and who is a wage worker, as the branch and the civil registry know."""
    for kind, name in (("deceased", "deceased.csv"), ("wage-worker", "wage-workers.csv")):
        await offices.upload(BRANCH, _SERVICE, "/check-lists", folder / name, kind=kind)


async def hand_in(offices: Offices, file: Path) -> Any:
    """Upload a roster, let another person accept it, and wait until all its people are registered."""
    given = await offices.upload(ENUMERATOR, _SERVICE, "/rosters", file)
    path = f"/rosters/{given['roster_id']}"
    roster = await _reach(offices, path, {"read", "accepted", "registering", "registered", "refused"})
    if roster["state"] == "refused":
        raise ProgrammeError(f"The roster was refused: {roster['reason']}")
    if roster["state"] == "read":
        await offices.post(VERIFIER, _SERVICE, f"{path}/acceptance", {})
    return await _reach(offices, path, {"registered"})


async def summary(offices: Offices) -> Any:
    """What the service counts."""
    return await offices.get(OPERATOR, _SERVICE, "/summary")


async def _reach(offices: Offices, path: str, states: set[str]) -> Any:
    return await offices.until(
        f"roster to be {' or '.join(sorted(states))}",
        lambda: offices.get(VERIFIER, _SERVICE, path),
        lambda roster: roster["state"] in states,
        READ_TIMEOUT_S,
    )
