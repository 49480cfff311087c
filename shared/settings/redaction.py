"""Shows settings without their secrets, for the line that a process prints at its start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr

HIDDEN = "********"


def redact_url(url: str) -> str:
    """``url`` with its password and query hidden; something that is no address is hidden altogether."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return HIDDEN
    if not parts.scheme or not (host or parts.path):
        return HIDDEN
    if "@" in parts.path or "@" in parts.fragment:
        # A password with an unescaped slash or hash: what looks like host and path is a part of it.
        return HIDDEN
    place = "" if host is None else f"[{host}]" if ":" in host else host
    place += f":{port}" if port is not None else ""
    if parts.password is not None or parts.username is not None:
        place = f"{parts.username or ''}{':' + HIDDEN if parts.password is not None else ''}@{place}"
    return urlunsplit((parts.scheme, place, parts.path, HIDDEN if parts.query else "", ""))


def redacted_settings(settings: BaseModel) -> dict[str, object]:
    """Each setting and its value, with secrets as asterisks; what is hidden inside an address is shown around it."""
    shown: dict[str, object] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            # Only what is declared as an address is taken apart: a password may well hold "://".
            shown[name] = redact_url(value.get_secret_value()) if name.endswith("_url") else HIDDEN
        elif isinstance(value, str) and "://" in value:
            shown[name] = redact_url(value)
        elif value is None or isinstance(value, bool | int | float | str):
            shown[name] = value
        elif isinstance(value, Path):
            shown[name] = str(value)
        else:
            shown[name] = type(value).__name__
    return shown
