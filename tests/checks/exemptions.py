"""The places that may break a rule, each with the reason that a reader will ask for."""

from __future__ import annotations

from tests.checks.base import Exemption

EXEMPTIONS: tuple[Exemption, ...] = ()
