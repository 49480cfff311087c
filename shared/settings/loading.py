"""Fills a service's settings and, when that fails, tells the operator what is wrong in whole sentences.

A wrong value is never repeated: it may be a password pasted into the wrong place.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as DecodingError

from shared.settings.base import ServiceSettings
from shared.settings.sources import Found, SettingsError, collect, names_of_field

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)

# pydantic's error type -> the reason in our words, with what pydantic knows about the bound.
REASONS: dict[str, str] = {
    "int_parsing": "it is not a whole number",
    "int_from_float": "it is not a whole number",
    "float_parsing": "it is not a number",
    "bool_parsing": "it is neither true nor false",
    "greater_than": "it must be more than {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than": "it must be less than {lt}",
    "less_than_equal": "it must be at most {le}",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
    "string_too_short": "it is empty or too short",
    "value_error": "{error}",
}


def load_settings(
    settings_class: type[SettingsT],
    service: str,
    *,
    environment: Mapping[str, str] | None = None,
    other_services: Collection[str] = (),
) -> SettingsT:
    """Read the settings of ``service`` from ``environment`` (the process's own by default) and its secret files.

    ``other_services`` are the neighbours whose settings may be there as well and are left alone.
    Raises SettingsError with every mistake at once.
    """
    found = collect(settings_class, service, os.environ if environment is None else environment, other_services)
    source = EnvSettingsSource(settings_class, case_sensitive=False, env_prefix="")
    source.env_vars = {field: entry.value for field, entry in found.items()}
    try:
        return settings_class(**source())
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise SettingsError([_sentence(settings_class, service, found, detail) for detail in details]) from None
    except DecodingError:
        raise SettingsError(
            [f'A list or table among the settings of {service} is not valid JSON. Write lists as ["a", "b"].']
        ) from None


def _sentence(
    settings_class: type[ServiceSettings], service: str, found: Mapping[str, Found], detail: ErrorDetails
) -> str:
    field = str(detail["loc"][0]) if detail["loc"] else ""
    if field not in settings_class.model_fields:
        return f"The settings do not fit together: {_reason(detail)}."
    info = settings_class.model_fields[field]
    if detail["type"] == "missing":
        name = names_of_field(service, field)[-1]
        return (
            f"{name} is missing; it is {_meaning(info)}. "
            f"Set it{_example(info)}, or name a file that holds it in {name}_FILE."
        )
    name = found[field].name if field in found else names_of_field(service, field)[-1]
    return f"{name} cannot be used: {_reason(detail)}. It is {_meaning(info)}; change it{_example(info)}."


def _meaning(info: FieldInfo) -> str:
    return info.description or "a setting of this service"


def _example(info: FieldInfo) -> str:
    examples: list[Any] = info.examples or ([] if info.is_required() or info.default is None else [info.default])
    return f", for example to {examples[0]}" if examples else ""


def _reason(detail: ErrorDetails) -> str:
    template = REASONS.get(detail["type"])
    if template is None:
        return "its form is not the one expected"
    return template.format(**detail.get("ctx", {}))
