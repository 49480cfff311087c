"""The places that may break a rule, each with the reason that a reader will ask for."""

from __future__ import annotations

from tests.checks.base import Exemption

_BASELINE = "a baseline of `payung bench`, written as the libraries' own pages show, so that the comparison is fair"

EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption("commit-outside-shared", "deploy/bench/floor.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/library.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/month/floor/readers.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/month/plain/tables.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/month/plain/work.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/plain.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/journey/plain.py", _BASELINE),
    Exemption("commit-outside-shared", "deploy/bench/roster_import/others.py", _BASELINE),
)
