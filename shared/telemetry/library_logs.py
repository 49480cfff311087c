"""What libraries log through Python's own logging goes through the same pipe as our lines.

Their arguments may quote data, so a line is named by its template. Only libraries that speak about connections and
partitions have their arguments shown, masked. A text that is put together beforehand by an unknown library is
withheld; its place in the code remains.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from shared.telemetry.safe_values import mask_text

# Their lines have constant texts, so the text may be shown.
CONSTANT_TEXTS = ("aiokafka", "asyncio", "uvicorn.error", "sqlalchemy", "alembic", "opentelemetry")
# Their arguments are addresses, partitions, revisions and error codes of the broker.
HARMLESS_ARGUMENTS = ("aiokafka", "uvicorn.error", "alembic.runtime.migration")
WITHHELD = "library message withheld"

# Below these levels the libraries repeat what our own lines, metrics and spans say already.
LEVELS = {
    "aiokafka": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "faststream": logging.WARNING,
    "opentelemetry": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
}


class LibraryHandler(logging.Handler):
    """Turns a record of Python's logging into an event dictionary and hands it to ``write``."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a failure to do so must not stop the program."""
        try:
            self._write(event_of(record))
        except Exception:  # noqa: BLE001 - logging never raises into the code that logs
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - name given by Python
        """Say nothing: the default prints the record with its arguments."""


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """The event dictionary of ``record``, without any argument that could hold data."""
    event: dict[str, Any] = {
        "event": _event_text(record),
        "level": record.levelname.lower(),
        "logger": record.name,
        "at": f"{record.module}:{record.lineno}",
    }
    if record.args and _belongs_to(record.name, HARMLESS_ARGUMENTS):
        event["detail"] = mask_text(record.getMessage())
    if record.exc_info and isinstance(record.exc_info[1], BaseException):
        event["exc_info"] = record.exc_info[1]
    return event


def _event_text(record: logging.LogRecord) -> str:
    template = record.msg if isinstance(record.msg, str) else WITHHELD
    if record.args and "%" in template and template.strip() != "%s":
        return mask_text(template)
    if _belongs_to(record.name, CONSTANT_TEXTS):
        # asyncio appends the representation of a task, with its exception's message, on further lines.
        return mask_text(template.splitlines()[0]) if template else ""
    return WITHHELD


def _belongs_to(name: str, families: tuple[str, ...]) -> bool:
    return any(name == family or name.startswith(family + ".") for family in families)


def take_over_loggers() -> None:
    """Remove the handlers that libraries have given their own loggers, so that their records come to the root's.

    FastStream prints whole messages with their exceptions' texts to standard error as soon as it is imported.
    """
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    for name, least in LEVELS.items():
        logger = logging.getLogger(name)
        logger.setLevel(max(least, logging.getLogger().level))
