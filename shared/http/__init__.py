"""The HTTP kit: what a service's ``http.py`` needs, and `create_app` for its composition root."""

from shared.http.access import UndeclaredRouteError, body_limit, public, require, without_key
from shared.http.app import HttpLimits, Reading, create_app
from shared.http.auth import Principal, TokenSettings, TokenVerifier, Verifier, token_verifier
from shared.http.context import ServedRequest
from shared.http.csv_answer import CsvPieces, csv_answer
from shared.http.idempotency import Answer, Command, UnitOfWorkFactory, command
from shared.http.idempotency_table import purge_answers
from shared.http.pagination import page_query
from shared.http.problems import ProblemError, ProblemType
from shared.http.rate_limit import RateLimits
from shared.http.serve import uvicorn_config

__all__ = [
    "Answer",
    "Command",
    "CsvPieces",
    "HttpLimits",
    "Principal",
    "ProblemError",
    "ProblemType",
    "RateLimits",
    "Reading",
    "ServedRequest",
    "TokenSettings",
    "TokenVerifier",
    "UndeclaredRouteError",
    "UnitOfWorkFactory",
    "Verifier",
    "body_limit",
    "command",
    "create_app",
    "csv_answer",
    "page_query",
    "public",
    "purge_answers",
    "require",
    "token_verifier",
    "uvicorn_config",
    "without_key",
]
