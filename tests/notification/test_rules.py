"""When people are left in peace, and what follows from a hand-over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notification import rules
from services.notification.rules import Kind, Outcome, Patience, Step
from shared.clock import WITA


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 10, hour, minute, tzinfo=WITA).astimezone(UTC)


def test_quiet_hours_are_those_of_the_table_in_wita() -> None:
    hours = rules.load_quiet_hours()
    quiet = [hour for hour in range(24) if rules.is_quiet(_at(hour), hours)]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23]
    assert not rules.is_quiet(_at(19, 59), hours)
    assert rules.is_quiet(_at(6, 59), hours)
    assert not rules.is_quiet(_at(7), hours)


def test_quiet_hours_change_on_their_day(tmp_path: Path) -> None:
    table = tmp_path / "quiet.csv"
    header = "effective_from,start,end,source,confidence\n"
    table.write_text(f"{header}2026-11-11,13:00,14:00,x,policy\n2026-01-01,00:00,00:00,x,policy\n")
    hours = rules.load_quiet_hours(table)
    assert not rules.is_quiet(_at(13), hours)
    assert rules.is_quiet(_at(13) + timedelta(days=1), hours)
    assert not rules.is_quiet(_at(13) - timedelta(days=400), hours)
    table.write_text(f"{header}2026-01-01,13:00,14:00,x,policy\n2026-01-01,00:00,00:00,x,policy\n")
    with pytest.raises(ValueError, match="begin on one day"):
        rules.load_quiet_hours(table)


def test_quiet_hours_can_be_told() -> None:
    assert rules.parse_quiet_hours("none") == ()
    assert rules.is_quiet(_at(21), rules.parse_quiet_hours("20:00-07:00"))
    with pytest.raises(ValueError, match="HH:MM-HH:MM"):
        rules.parse_quiet_hours("at night")


PATIENCE = Patience(4, timedelta(minutes=1), timedelta(minutes=3))


def test_what_follows_from_a_hand_over() -> None:
    now = _at(9)
    down = Outcome(Kind.TEMPORARY, "carrier-down")
    assert rules.step_after(Outcome(Kind.ARRIVED), 1, PATIENCE, now) == Step("delivered")
    assert rules.step_after(Outcome(Kind.ACCEPTED), 1, PATIENCE, now) == Step("sent")
    assert rules.step_after(Outcome(Kind.UNKNOWN), 1, PATIENCE, now) == Step("unknown")
    assert rules.step_after(Outcome(Kind.NOT_TRIED), 0, PATIENCE, now) == Step("queued", not_before=now)
    assert rules.step_after(Outcome(Kind.PERMANENT, "refused"), 1, PATIENCE, now) == Step("failed", "refused")
    pauses = [rules.step_after(down, attempts, PATIENCE, now).not_before for attempts in (1, 2, 3)]
    assert pauses == [now + timedelta(minutes=minutes) for minutes in (1, 2, 3)]
    assert rules.step_after(down, 4, PATIENCE, now) == Step("failed", "carrier-down")
    assert rules.step_after(Outcome(Kind.TEMPORARY), 4, PATIENCE, now) == Step("failed", "expired")
