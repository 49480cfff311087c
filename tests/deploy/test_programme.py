"""The main job on another day, in another month, against services that are away: what it asks, waits for and keeps."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli.application import app
from deploy.cli.main_job import World, sample_folder
from deploy.local import ports, supervisor
from deploy.local.home import Home
from deploy.local.service_processes import ServiceProcesses
from deploy.local.state import ProcessState, RunState
from deploy.sandbox.programme import funding, journey, result
from deploy.sandbox.programme.journey import Counts
from deploy.sandbox.programme.offices import Addresses, Offices, ProgrammeError
from deploy.sandbox.programme.people import OPERATOR
from deploy.sandbox.programme.plan import make_plan, overdue_month
from services.enrolment.rules.roster.refusals import RowRefusal
from services.notification.rules.states import Purpose
from shared.clock import SystemClock, local_date
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.identity.nik import NikRefusal
from shared.periods import Month
from shared.verification import platform as verifying
from shared.verification.platform import Verified, verify

TODAY = local_date(SystemClock().now())
ADDRESSES = Addresses("http://issuer", {"enrolment": "http://enrolment"})


@contextmanager
def offices(answer: Callable[[httpx.Request], httpx.Response], patience_s: float = 2.0) -> Iterator[Offices]:
    """Offices that ask ``answer``."""
    yield Offices(ADDRESSES, httpx.AsyncClient(transport=httpx.MockTransport(answer)), patience_s)


def token(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"access_token": "a", "expires_in": 3600})


async def test_a_token_issuer_that_is_away_for_a_moment_is_asked_again() -> None:
    away = [httpx.ConnectError("refused"), httpx.ReadError("reset")]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "issuer" and away:
            raise away.pop()
        return token(request) if request.url.host == "issuer" else httpx.Response(200, json={"rows": 1})

    with offices(answer) as asking:
        assert await asking.get(OPERATOR, "enrolment", "/summary") == {"rows": 1}
    assert not away


async def test_a_token_issuer_that_stays_away_is_a_sentence() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with offices(answer, patience_s=0.1) as asking, pytest.raises(ProgrammeError, match="token issuer does not answer"):
        await asking.get(OPERATOR, "enrolment", "/summary")


async def test_a_month_in_which_no_money_is_left_asks_for_no_bill() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"asked for {request.url}")

    line = make_plan(Path("unused"), Month(2026, 12)).lines[1]
    with offices(answer) as asking:
        run = {"month_run_id": "unused", "due": 0, "unfunded": 90, "candidates": 90}
        assert await funding.pay_month(asking, run, line, TODAY) == []


def test_enrolments_are_known_also_when_somebody_has_lapsed_or_left() -> None:
    enrolment = {"enrolled": 6, "lapsing": 1, "lapsed": 1, "exited": 1, "refused_by_bpjs": 1, "in_group_waiting": 0}
    now = Counts(enrolment, {"granted": 10, "enrolled": 7}, {}, {})
    assert journey._enrolments_known(now)
    assert not journey._enrolments_known(replace(now, enrolment=enrolment | {"enrolled": 5}))


@pytest.mark.parametrize("day", [1, 20, 21, 28])
def test_the_month_that_is_overdue_has_passed_its_due_date(day: int) -> None:
    for month in Month(2025, 12), Month(2026, 3), Month(2026, 12):
        today = month.first_day.replace(day=day)
        assert overdue_month(today) == month - (1 if day > 20 else 2)


def test_whoever_interrupts_is_told_what_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(supervisor, "start", start)
    told = CliRunner().invoke(app, ["up", "--home", str(tmp_path)])
    assert told.exit_code == 130
    assert "payung down" in told.stderr


def test_every_reason_is_told_in_words() -> None:
    codes = [refusal.code for kind in (NikRefusal, RowRefusal) for refusal in kind]
    assert [code for code in (*codes, *Purpose) if result._why({code: 1}).startswith(code)] == []


def test_a_later_month_is_another_report_of_the_same_people(tmp_path: Path) -> None:
    world = World(workers=200, employers=10, seed=3)
    first = sample_folder(tmp_path, world, Month(2026, 9))
    later = sample_folder(tmp_path, world, Month(2026, 10))
    for name in ("roster.csv", "deceased.csv", "wage-workers.csv", "employers.csv"):
        assert (later / name).read_bytes() == (first / name).read_bytes(), name
    assert ",2026-10," in (later / "wages.csv").read_text()
    assert ",2026-09," not in (later / "wages.csv").read_text()
    assert sample_folder(tmp_path, world, Month(2026, 9)) == first
    other = sample_folder(tmp_path, replace(world, seed=4), Month(2026, 10))
    assert (other / "roster.csv").read_bytes() != (later / "roster.csv").read_bytes()


def test_a_sample_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    world = World(workers=100, employers=10)
    folder = sample_folder(tmp_path, world, Month(2026, 9))
    whole = (folder / "roster.csv").read_bytes()
    (folder / "roster.csv").write_bytes(whole[:1000])
    (folder / "manifest.json").unlink()
    assert sample_folder(tmp_path, world, Month(2026, 9)) == folder
    assert (folder / "roster.csv").read_bytes() == whole


def look(broken_looks: int) -> tuple[Verified, int]:
    """Verify a service whose check fails for ``broken_looks`` looks and whose outbox is empty; gives the looks, too."""
    looks = 0

    def run(service: str, folder: Path) -> None:
        nonlocal looks
        looks += 1
        broken = [{"row": "message paid", "sentence": "Missing."}] if looks <= broken_looks else []
        check = {"name": "all", "promise": "all is there", "broken": broken}
        report = {"service": service, "outbox": 0, "checks": [check], "facts": []}
        (folder / f"{service}.json").write_text(json.dumps(report))

    return verify(("notification",), run, wait_s=20.0), looks


def test_events_that_stand_still_for_a_moment_are_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PAUSE_S", 0.05)
    verified, looks = look(broken_looks=5)
    assert verified.ok
    assert looks == 6


def test_what_stays_broken_is_told_before_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PAUSE_S", 0.05)
    monkeypatch.setattr(verifying, "STILL_S", 0.3)
    verified, looks = look(broken_looks=10_000)
    assert not verified.ok
    assert 3 < looks < 20


def processes(home: Path, *running: str) -> ServiceProcesses:
    """The processes of a home in which ``running`` run."""
    urls = {name: f"postgresql://{name}" for name in RUNNING_SERVICES}
    states = tuple(ProcessState(name, "running", True, 1, "0", 0, None, "log") for name in running)
    state = RunState(1, "0", "kafka", "127.0.0.1:1", True, urls, states)
    return ServiceProcesses(Home.open(home), state)


def test_two_starts_at_once_make_each_key_and_port_once(tmp_path: Path) -> None:
    found: list[tuple[bytes, object]] = []
    barrier = threading.Barrier(8)

    def begin() -> None:
        barrier.wait()
        env = processes(tmp_path / "rumah kita").environment("notification")
        found.append((Path(env["PAYUNG_NOTIFICATION_CONTACT_KEYS_PATH"]).read_bytes(), sorted(env.items())))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one == found[0] for one in found)


def test_a_port_that_somebody_else_has_taken_is_left(tmp_path: Path) -> None:
    before = processes(tmp_path).addresses
    with socket.socket() as stranger:
        stranger.bind((ports.LOOPBACK, int(before.services["subsidy"].rpartition(":")[2])))
        stranger.listen()
        processes(tmp_path, "subsidy").leave_taken_ports()
        assert processes(tmp_path).addresses == before, "the port is its own"
        processes(tmp_path).leave_taken_ports()
    after = processes(tmp_path).addresses
    assert after.services["subsidy"] != before.services["subsidy"]
    changed = {name for name in after.services if after.services[name] != before.services[name]}
    assert changed == {"subsidy"}
    assert after.issuer == before.issuer
