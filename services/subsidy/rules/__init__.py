"""The decisions of subsidy, as plain functions: tariff, budget, decree, assessment, matching, double entry."""

from services.subsidy.rules.assessment import (
    ASSESS,
    BUDGET_EXHAUSTED,
    NO_ACCOUNT,
    NOT_ELIGIBLE,
    PAYER_CONFLICT,
    RUN_BILLED,
    WAIT,
    Standing,
    assess,
)
from services.subsidy.rules.budget import Forecast, affordable, forecast, load_warning_months
from services.subsidy.rules.decree import DecreeTerms, check_period, check_regions, content_sha256, worker_limit
from services.subsidy.rules.ledger import ACCOUNTS, MOVES, Entry, journal
from services.subsidy.rules.matching import BillAnswer, Confirmed, Expected, bill_differences, confirmation_differences
from services.subsidy.rules.refusals import NotVisibleError, RefusedError
from services.subsidy.rules.rulebook import Rulebook, load_rulebook
from services.subsidy.rules.tariff import SECTORS, Rate, Tariff, TariffUnknownError, load_tariff
from services.subsidy.rules.values import (
    HOME_PROVINCE,
    JKK,
    JKM,
    LOWEST_BAND,
    NOTHING,
    PROGRAMMES,
    Amounts,
    InvariantBrokenError,
    amounts_from,
    hold,
    total_of,
)

__all__ = [
    "ACCOUNTS",
    "ASSESS",
    "BUDGET_EXHAUSTED",
    "HOME_PROVINCE",
    "JKK",
    "JKM",
    "LOWEST_BAND",
    "MOVES",
    "NOTHING",
    "NOT_ELIGIBLE",
    "NO_ACCOUNT",
    "PAYER_CONFLICT",
    "PROGRAMMES",
    "RUN_BILLED",
    "SECTORS",
    "WAIT",
    "Amounts",
    "BillAnswer",
    "Confirmed",
    "DecreeTerms",
    "Entry",
    "Expected",
    "Forecast",
    "InvariantBrokenError",
    "NotVisibleError",
    "Rate",
    "RefusedError",
    "Rulebook",
    "Standing",
    "Tariff",
    "TariffUnknownError",
    "affordable",
    "amounts_from",
    "assess",
    "bill_differences",
    "check_period",
    "check_regions",
    "confirmation_differences",
    "content_sha256",
    "forecast",
    "hold",
    "journal",
    "load_rulebook",
    "load_tariff",
    "load_warning_months",
    "total_of",
    "worker_limit",
]
