"""Which values of declared codes the services can send, read from their code.

A constant beside the event's constructor speaks for itself. Where the value comes from elsewhere, `_MADE_FROM` leads
to the rule, table or type that it comes from.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Final, cast

from pydantic import ValidationError

from services.compliance.rules import employers, reading
from services.compliance.rules.lateness import load_lateness
from services.compliance.rules.rows import EmployerProfile
from services.compliance.rules.tariff import CHARGED, KNOWN_PROGRAMMES
from services.enrolment.handlers.registration.people import PARTICIPANT_KIND
from services.enrolment.rules.eligibility import Applicant, decide
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.states import Origin
from services.notification.adapters.mailbox import Mailbox
from services.notification.adapters.smtp import Smtp
from services.notification.rules.states import FailureReason, Purpose
from services.subsidy.http.bodies import NewFundingLine
from services.subsidy.rules.assessment import UnfundedReason
from services.subsidy.rules.values import PROGRAMMES, Amounts
from shared.contracts.base import Event
from shared.contracts.fields import FUNDING_SOURCES
from shared.contracts.spec import TopicSpec
from shared.messaging.reasons import ParkCode
from shared.privacy.contact import ALGORITHM
from tests.checks.rules.events_outside_catalogue import event_name
from tests.checks.syntax import calls
from tests.checks.tree import Service, SourceFile, Tree

TREE: Final = Tree(Path(__file__).parents[3])
_SERVICES: Final[Mapping[str, Service]] = {service.name: service for service in TREE.services if not service.is_demo}


def _rejections() -> set[str]:
    day = date(2026, 11, 10)
    nobody = Applicant(date(2000, 1, 1), True, 1, False, False, True)
    return set(decide(nobody, LimitsTable().on(day), day).checks)


def _changes() -> set[str]:
    """Of an employer of which everything is another than before."""
    names = [each.name for each in fields(EmployerProfile)]
    before, after = (SimpleNamespace(**{name: (name, time) for name in names}) for time in (0, 1))
    return set(employers._changed_codes(cast(EmployerProfile, before), cast(EmployerProfile, after)))


def _funding_sources() -> set[str]:
    """What an officer may give when a line is opened."""

    def is_taken(value: str) -> bool:
        try:
            NewFundingLine.model_validate({"funding_source": value})
        except ValidationError as error:
            return all(fault["loc"] != ("funding_source",) for fault in error.errors())
        return True

    return {value for value in (*FUNDING_SOURCES, "of-a-later-law") if is_taken(value)}


def _members_used(service: str, kinds: type[StrEnum]) -> Callable[[], set[str]]:
    """The members of an enum of ``service`` that its code names, besides where the enum is made."""

    def used() -> set[str]:
        files = [file for file in _SERVICES[service].files if not file.path.endswith("rules/states.py")]
        nodes = [node for file in files for node in file.walk() if isinstance(node, ast.Attribute)]
        names = {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == kinds.__name__}
        return {kinds[name].value for name in names & set(kinds.__members__)}

    return used


_MADE_FROM: Final[Mapping[tuple[str, str], Callable[[], set[str]]]] = {
    ("enrolment", "origin"): lambda: {origin.value for origin in Origin},
    ("enrolment", "reasons"): _rejections,
    ("enrolment", "participant_kind"): lambda: {PARTICIPANT_KIND},
    ("enrolment", "programmes"): lambda: set(PROGRAMMES),  # those of the grant that the group was made for
    ("enrolment", "algorithm"): lambda: {ALGORITHM},
    ("subsidy", "funding_source"): _funding_sources,
    ("subsidy", "amounts_rupiah"): lambda: set(Amounts(1, 1).for_event()),
    ("subsidy", "reason"): _members_used("subsidy", UnfundedReason),
    ("compliance", "size_class"): lambda: set(reading._SIZES.values()),
    ("compliance", "programmes"): lambda: set(KNOWN_PROGRAMMES),
    ("compliance", "changed"): _changes,
    ("compliance", "ageing_class"): lambda: {each.code for each in load_lateness().classes},
    ("compliance", "amounts_rupiah"): lambda: set(CHARGED),
    ("compliance", "algorithm"): lambda: {ALGORITHM},
    ("notification", "recipient_kind"): lambda: {str(purpose.recipient_kind) for purpose in Purpose},
    ("notification", "purpose"): _members_used("notification", Purpose),
    ("notification", "channel"): lambda: {Mailbox.name, Smtp.name},
    ("notification", "reason"): _members_used("notification", FailureReason),
}
"""By service and field: the values that reach the event from elsewhere."""


def made_values(spec: TopicSpec, field: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The values that the owners of ``spec`` can send in ``field``, and the entries of the table that were needed."""
    found: set[str] = set()
    needed: set[tuple[str, str]] = set()
    for owner in spec.owners:
        for values in _given(_SERVICES[owner], spec.event, field):
            if values is None:
                needed.add((owner, field))
                found |= _MADE_FROM[owner, field]()
            else:
                found |= values
    return found, needed


def table() -> set[tuple[str, str]]:
    """The entries of the table."""
    return set(_MADE_FROM)


def park_codes_in_use() -> set[str]:
    """The codes with which shared/messaging parks events."""
    files = [file for file in TREE.sources("shared/messaging") if not file.path.endswith("/reasons.py")]
    used = {file.names.dotted(node) or "" for file in files for node in file.walk() if isinstance(node, ast.Attribute)}
    names = {dotted.rpartition(".")[2] for dotted in used if ".ParkCode." in dotted}
    return {ParkCode[name].value for name in names if name in ParkCode.__members__}


def _given(service: Service, event: type[Event], field: str) -> Iterator[set[str] | None]:
    """What each constructor of ``event`` gives for ``field``; None where that is no constant."""
    for file in service.files:
        for call in calls(file.walk()):
            if event_name(file, call.func) != event.__name__:
                continue
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if field in given:
                yield _constant(file, given[field])
            elif None in given:
                yield None


def _constant(file: SourceFile, node: ast.expr) -> set[str] | None:
    value: object = None
    if isinstance(node, ast.Constant):
        value = node.value
    elif isinstance(node, ast.Name):
        value = getattr(_module(file), node.id, None)
    if isinstance(value, str):
        return {value}
    return set(value) if isinstance(value, tuple) else None


def _module(file: SourceFile) -> ModuleType:
    return importlib.import_module(file.path.removesuffix(".py").replace("/", "."))
