"""The places that may break a rule, each with the reason that a reader will ask for."""

from __future__ import annotations

from tests.checks.base import Exemption

_BASELINE = "a baseline of the benchmarks, written as the libraries' own pages show, so that the comparison is fair"

EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption("commit-outside-shared", "benchmarks/raw_clients.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/library.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/plain_kit.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/month/plain/tables.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/month/plain/work.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/plain.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/journey/plain.py", _BASELINE),
    Exemption("commit-outside-shared", "benchmarks/roster_import/others.py", _BASELINE),
)
