"""Which values of declared codes the services can send, read from their code.

A constant beside the event's constructor speaks for itself. Where the value comes from elsewhere, `_MADE_FROM` leads
to the rule, table or type that it comes from.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from pydantic import ValidationError

from services.compliance.handlers import employers as employer_files
from services.compliance.rules.employers import changed_fields
from services.compliance.rules.lateness import ageing_classes
from services.compliance.rules.tariff import CHARGED, KNOWN_PROGRAMMES
from services.enrolment.handlers.registration.people import PARTICIPANT_KIND
from services.enrolment.rules.eligibility import Applicant, decide
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.states import Origin
from services.notification.jobs import Mailbox, Smtp
from services.subsidy.handlers import assessing
from services.subsidy.http.bodies import NewFundingLine
from services.subsidy.rules import PROGRAMMES, Amounts, assessment
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
    names = ("region_code", "size_class", "risk_class", "programmes", "worker_count", "business_line")
    before, after = ({name: (name, time) for name in names} for time in (0, 1))
    row: Any = SimpleNamespace(**after, bpjs_registered=True)
    return set(changed_fields(SimpleNamespace(**before, bpjs_registered=False), row))  # type: ignore[arg-type]


def _unfunded() -> set[str]:
    """The codes of the assessment that the month run uses, without those that are no reason."""
    used = {name for name in vars(assessing) if name.isupper() and name in vars(assessment)}
    return {getattr(assessment, name) for name in used} - {assessment.WAIT, assessment.ASSESS}


def _funding_sources() -> set[str]:
    """What an officer may give when a line is opened."""

    def is_taken(value: str) -> bool:
        try:
            NewFundingLine.model_validate({"funding_source": value})
        except ValidationError as error:
            return all(fault["loc"] != ("funding_source",) for fault in error.errors())
        return True

    return {value for value in (*FUNDING_SOURCES, "of-a-later-law") if is_taken(value)}


def _texts_of(service: str, *wanted: tuple[str, int]) -> Callable[[], set[str]]:
    """The texts in the arguments of certain calls: (function or class, which argument)."""

    def found() -> set[str]:
        nodes = [node for file in _SERVICES[service].files for node in file.walk()]
        named = [(getattr(call.func, "attr", getattr(call.func, "id", "")), call.args) for call in calls(nodes)]
        arguments = [args[place] for name, args in named for called, place in wanted if name == called and args[place:]]
        return {
            node.value
            for argument in arguments
            for node in ast.walk(argument)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
        }

    return found


_MESSAGE_KINDS = _texts_of("notification", ("add_messages", 1))
_PURPOSES = _texts_of("notification", ("add_messages", 2))
# Outcome(kind, reason), Step(state, reason), _refused(code, reason), _fail(uow, channel, message, reason, attempts).
_FAILURES = _texts_of("notification", ("Outcome", 1), ("Step", 1), ("_refused", 1), ("_fail", 3))

_MADE_FROM: Final[Mapping[tuple[str, str], Callable[[], set[str]]]] = {
    ("enrolment", "origin"): lambda: {origin.value for origin in Origin},
    ("enrolment", "reasons"): _rejections,
    ("enrolment", "participant_kind"): lambda: {PARTICIPANT_KIND},
    ("enrolment", "programmes"): lambda: set(PROGRAMMES),  # those of the grant that the group was made for
    ("enrolment", "algorithm"): lambda: {ALGORITHM},
    ("subsidy", "funding_source"): _funding_sources,
    ("subsidy", "amounts_rupiah"): lambda: set(Amounts(1, 1).for_event()),
    ("subsidy", "reason"): _unfunded,
    ("compliance", "size_class"): lambda: set(employer_files._SIZES.values()),
    ("compliance", "programmes"): lambda: set(KNOWN_PROGRAMMES),
    ("compliance", "changed"): _changes,
    ("compliance", "ageing_class"): lambda: {one.code for one in ageing_classes()},
    ("compliance", "amounts_rupiah"): lambda: set(CHARGED),
    ("compliance", "algorithm"): lambda: {ALGORITHM},
    ("notification", "recipient_kind"): _MESSAGE_KINDS,
    ("notification", "purpose"): _PURPOSES,
    ("notification", "channel"): lambda: {Mailbox.name, Smtp.name},
    ("notification", "reason"): _FAILURES,
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
