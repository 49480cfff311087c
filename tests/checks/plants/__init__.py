"""Planted violations and innocent look-alikes for every rule: the proof that the checks bite."""

from __future__ import annotations

from tests.checks.plants import code, decisions, grammar, services, texts
from tests.checks.plants.base import Plant

PLANTS: tuple[Plant, ...] = (*services.PLANTS, *decisions.PLANTS, *grammar.PLANTS, *code.PLANTS, *texts.PLANTS)
