"""The branch at work: look into the folders, take what came, plan what is owed, write it. Each look can be cut off."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.sandbox.bpjs.answering import BILL_REQUEST, LIST, PAYMENT, plan_answers, write_answers
from deploy.sandbox.bpjs.bills import REQUEST_COLUMNS, receive_bill_request
from deploy.sandbox.bpjs.control import Behaviour, ControlError, read_control
from deploy.sandbox.bpjs.crash import crash_point
from deploy.sandbox.bpjs.desk import Desk
from deploy.sandbox.bpjs.lists import LIST_COLUMNS, receive_list
from deploy.sandbox.bpjs.payments import PAYMENT_COLUMNS, receive_payment
from deploy.sandbox.bpjs.refusal import RefusedError
from deploy.sandbox.bpjs.request_file import RequestFile, sha256_of
from deploy.sandbox.bpjs.state import State
from shared.clock import Clock, SystemClock, local_date
from shared.telemetry import get_logger

log = get_logger(__name__)

_NAME: Final = re.compile(r"(?P<kind>[a-z-]+)_(?P<reference>[A-Za-z0-9_-]{1,150})\.csv")
_KINDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "enrolment": {LIST: LIST_COLUMNS},
    "subsidy": {BILL_REQUEST: REQUEST_COLUMNS, PAYMENT: PAYMENT_COLUMNS},
}


@dataclass
class Pulse:
    """What /health tells; written by the branch, read by the page's thread."""

    looked_at_s: float | None = None
    owed: int = 0
    answers: int = 0


class Branch:
    """The pretended branch over the folders of ``desks``; ``control`` is the file that tells how to behave."""

    def __init__(
        self, state: State, desks: Mapping[str, Desk], control: Path | None = None, clock: Clock | None = None
    ) -> None:
        self.pulse = Pulse()
        self._state = state
        self._desks = desks
        self._control = control
        self._clock: Clock = clock or SystemClock()
        self._behaviour = Behaviour()
        self._complaint = ""

    def run(self, stop: threading.Event, poll_s: float) -> None:
        """Look every ``poll_s`` seconds until ``stop``. What fails is tried again at the next look."""
        while not stop.is_set():
            try:
                self.look(stop)
            except (OSError, sqlite3.OperationalError) as error:
                log.warning("look_failed", error_type=type(error).__name__)
            stop.wait(poll_s)

    def look(self, stop: threading.Event | None = None) -> None:
        """Take, plan and write once."""
        self._read_control()
        for desk in self._desks.values():
            for path in desk.waiting():
                if stop is not None and stop.is_set():
                    return
                try:
                    self._take(desk, path)
                except OSError as error:  # which holds up no other file
                    log.warning("file_waits", component=desk.name, file=path.name, error_type=type(error).__name__)
        now = self._clock.now()
        plan_answers(self._state, self._behaviour, now.timestamp(), local_date(now).isoformat())
        for service, name in write_answers(self._state, self._desks):
            self.pulse.answers += 1
            log.info("answer_written", component=service, file=name)
        self.pulse.owed = self._state.count("SELECT count(*) FROM request WHERE owed = 1")
        self.pulse.looked_at_s = now.timestamp()

    def _take(self, desk: Desk, path: Path) -> None:
        try:
            rows = self._receive(desk, path)
        except RefusedError as refusal:
            desk.refuse(path, str(refusal))
            log.warning("file_refused", component=desk.name, file=path.name, sentence=str(refusal))
            return
        crash_point("after_receive_commit")
        desk.take(path)
        log.info("file_taken", component=desk.name, file=path.name, rows=rows)

    def _receive(self, desk: Desk, path: Path) -> int:
        """Store the request and its effect in one transaction; one that is known is answered the same again."""
        name = _NAME.fullmatch(path.name)
        columns = _KINDS[desk.name].get(name["kind"]) if name else None
        if name is None or columns is None:
            raise RefusedError(f"Files here are called {' or '.join(_KINDS[desk.name])}_<reference>.csv; rename it.")
        if path.is_symlink() or not path.is_file():
            path.lstat()  # raises where somebody has taken it away
            raise RefusedError("It is no file; send the file itself.")
        kind, reference = name["kind"], name["reference"]
        known = self._state.db.execute(
            "SELECT number, sha256 FROM request WHERE kind = ? AND reference = ?", (kind, reference)
        ).fetchone()
        if known is not None:
            if known["sha256"] != sha256_of(path):
                raise RefusedError(
                    "A file of this name came before with other content; send the new one by a new name."
                )
            with self._state.transaction() as db:
                db.execute("UPDATE answer SET written = 0 WHERE request = ?", (known["number"],))
            return self._state.count("SELECT rows FROM request WHERE number = ?", known["number"])
        return self._store(desk.name, kind, reference, RequestFile(path, columns))

    def _store(self, service: str, kind: str, reference: str, file: RequestFile) -> int:
        now = self._clock.now()
        with self._state.transaction() as db:
            inserted = db.execute(
                "INSERT INTO request (service, kind, reference, sha256, received_at_s, received_on)"
                " VALUES (?, ?, ?, '', ?, ?)",
                (service, kind, reference, now.timestamp(), local_date(now).isoformat()),
            )
            request = int(inserted.lastrowid or 0)
            if kind == LIST:
                receive_list(self._state, request, file, self._behaviour.reject_share)
            elif kind == BILL_REQUEST:
                receive_bill_request(self._state, request, file)
            else:
                receive_payment(self._state, request, reference, file)
            if kind != PAYMENT:  # which is about the lines of its bill
                db.execute("UPDATE request SET rows = ? WHERE number = ?", (file.count, request))
            db.execute("UPDATE request SET sha256 = ? WHERE number = ?", (file.sha256, request))
            crash_point("before_receive_commit")
        return file.count

    def _read_control(self) -> None:
        """Take over what the control file says; a broken one is told once and changes nothing."""
        try:
            behaviour = read_control(self._control)
        except ControlError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.warning("control_unreadable", sentence=self._complaint)
            return
        self._complaint = ""
        if behaviour != self._behaviour:
            self._behaviour = behaviour
            log.info("behaviour_changed", settings=behaviour.as_json())
