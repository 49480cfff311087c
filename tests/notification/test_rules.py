"""When people are left in peace, and what follows from a hand-over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notification.rules.outcomes import Outcome, Patience, Step, step_after
from services.notification.rules.quiet_hours import is_quiet, load_quiet_hours, parse_quiet_hours
from services.notification.rules.states import FailureReason, MessageState, OutcomeKind
from shared.clock import WITA


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 10, hour, minute, tzinfo=WITA).astimezone(UTC)


def test_quiet_hours_are_those_of_the_table_in_wita() -> None:
    hours = load_quiet_hours()
    quiet = [hour for hour in range(24) if is_quiet(_at(hour), hours)]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23]
    assert not is_quiet(_at(19, 59), hours)
    assert is_quiet(_at(6, 59), hours)
    assert not is_quiet(_at(7), hours)


def test_quiet_hours_change_on_their_day(tmp_path: Path) -> None:
    table = tmp_path / "quiet.csv"
    header = "effective_from,start,end,source,confidence\n"
    table.write_text(f"{header}2026-11-11,13:00,14:00,x,policy\n2026-01-01,00:00,00:00,x,policy\n")
    hours = load_quiet_hours(table)
    assert not is_quiet(_at(13), hours)
    assert is_quiet(_at(13) + timedelta(days=1), hours)
    assert not is_quiet(_at(13) - timedelta(days=400), hours)
    table.write_text(f"{header}2026-01-01,13:00,14:00,x,policy\n2026-01-01,00:00,00:00,x,policy\n")
    with pytest.raises(ValueError, match="begin on one day"):
        load_quiet_hours(table)


def test_quiet_hours_can_be_told() -> None:
    assert parse_quiet_hours("none") == ()
    assert is_quiet(_at(21), parse_quiet_hours("20:00-07:00"))
    with pytest.raises(ValueError, match="HH:MM-HH:MM"):
        parse_quiet_hours("at night")


PATIENCE = Patience(4, timedelta(minutes=1), timedelta(minutes=3))


def test_what_follows_from_a_hand_over() -> None:
    now = _at(9)

    def after(outcome: Outcome, attempts: int = 1) -> Step:
        return step_after(outcome, attempts, PATIENCE, now)

    refused = Outcome(OutcomeKind.PERMANENT, FailureReason.REFUSED)
    down = Outcome(OutcomeKind.TEMPORARY, FailureReason.CARRIER_DOWN)
    assert after(Outcome(OutcomeKind.ARRIVED)) == Step(MessageState.DELIVERED)
    assert after(Outcome(OutcomeKind.ACCEPTED)) == Step(MessageState.SENT)
    assert after(Outcome(OutcomeKind.UNKNOWN)) == Step(MessageState.UNKNOWN)
    assert after(Outcome(OutcomeKind.NOT_TRIED), 0) == Step(MessageState.QUEUED, not_before=now)
    assert after(refused) == Step(MessageState.FAILED, FailureReason.REFUSED)
    pauses = [after(down, attempts).not_before for attempts in (1, 2, 3)]
    assert pauses == [now + timedelta(minutes=minutes) for minutes in (1, 2, 3)]
    assert after(down, 4) == Step(MessageState.FAILED, FailureReason.CARRIER_DOWN)
    assert after(Outcome(OutcomeKind.TEMPORARY), 4) == Step(MessageState.FAILED, FailureReason.EXPIRED)
