"""Finds rows that break a promise: each question gives the rows and a sentence, and nothing where all is well."""

from services.subsidy.store.checks import decisions, ledger, lines

__all__ = ["decisions", "ledger", "lines"]
