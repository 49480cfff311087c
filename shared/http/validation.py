"""Tells which fields are wrong and what they should be, in Indonesian and English, without repeating what was sent.

Pydantic's own texts, and the places it names, can hold submitted values (a dictionary's keys, a union's tag, the text
of a ValueError). So texts come from the table below and only names that occur in the API's own schema are shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

MAX_ERRORS = 100
UNKNOWN_NAME = "*"

_SHOWN_CONTEXT = ("min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "expected", "expected_tags")
_SHARED_RUN_LENGTH = 3

_UNFIT_SIGN = (
    "Ada tanda yang tidak ada dalam teks (NUL atau separuh huruf); hapus.",
    "There is a sign that no text has (NUL or half a letter); remove it.",
)

# Pydantic's error type, or the beginning of it -> Indonesian, English. The first that fits is taken.
_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("missing", "Isian ini wajib diisi.", "This field is required."),
    ("extra_forbidden", "Ada isian yang tidak dikenal di sini; hapus.", "There is an unknown field here; remove it."),
    ("json_invalid", "JSON rusak mulai di sini.", "The JSON is broken from here on."),
    ("string_too_short", "Paling sedikit {min_length} karakter.", "At least {min_length} characters."),
    ("string_too_long", "Paling banyak {max_length} karakter.", "At most {max_length} characters."),
    ("string_pattern", "Bentuknya tidak sesuai; lihat contoh di /docs.", "The form is not right; see /docs."),
    ("string_unfit_sign", *_UNFIT_SIGN),
    ("string_unicode", *_UNFIT_SIGN),
    ("string", "Harus berupa teks.", "It has to be text."),
    ("too_short", "Paling sedikit {min_length} butir.", "At least {min_length} items."),
    ("too_long", "Paling banyak {max_length} butir.", "At most {max_length} items."),
    ("greater_than_equal", "Paling kecil {ge}.", "At least {ge}."),
    ("greater_than", "Harus lebih dari {gt}.", "It has to be more than {gt}."),
    ("less_than_equal", "Paling besar {le}.", "At most {le}."),
    ("less_than", "Harus kurang dari {lt}.", "It has to be less than {lt}."),
    ("multiple_of", "Harus kelipatan {multiple_of}.", "It has to be a multiple of {multiple_of}."),
    ("literal_error", "Pilih salah satu: {expected}.", "Choose one of: {expected}."),
    ("enum", "Pilih salah satu: {expected}.", "Choose one of: {expected}."),
    ("union_tag_invalid", "Pilih salah satu jenis: {expected_tags}.", "Choose one of the kinds: {expected_tags}."),
    ("int", "Harus berupa bilangan bulat.", "It has to be a whole number."),
    ("float", "Harus berupa angka.", "It has to be a number."),
    ("decimal", "Harus berupa angka.", "It has to be a number."),
    ("finite", "Harus berupa angka.", "It has to be a number."),
    ("bool", "Harus true atau false.", "It has to be true or false."),
    ("datetime", "Harus berupa waktu, misalnya 2026-07-01T08:00:00+08:00.", "It has to be a time with its zone."),
    ("timezone", "Sebutkan zona waktunya, misalnya +08:00.", "Say the time zone, such as +08:00."),
    ("date", "Harus berupa tanggal, misalnya 2026-07-01.", "It has to be a date, such as 2026-07-01."),
    ("time", "Harus berupa jam, misalnya 08:00.", "It has to be a time of day, such as 08:00."),
    ("uuid", "Harus berupa UUID.", "It has to be a UUID."),
    ("url", "Harus berupa alamat web.", "It has to be a web address."),
    ("list", "Harus berupa daftar.", "It has to be a list."),
    ("tuple", "Harus berupa daftar.", "It has to be a list."),
    ("set", "Harus berupa daftar.", "It has to be a list."),
    ("dict", "Harus berupa objek.", "It has to be an object."),
    ("model", "Harus berupa objek.", "It has to be an object."),
)
_GENERAL = ("Isian ini tidak sesuai; lihat contoh di /docs.", "This value does not fit; see the example in /docs.")


@runtime_checkable
class SaysWhy(Protocol):
    """An error whose texts are fixed sentences, safe to show (such as `shared.identity.ValueRefusedError`)."""

    @property
    def code(self) -> str: ...
    @property
    def indonesian(self) -> str: ...
    @property
    def english(self) -> str: ...


def schema_names(openapi: Mapping[str, Any]) -> frozenset[str]:
    """All names of fields and parameters in an OpenAPI document: the only ones that a problem may show."""
    return frozenset(_names_in(openapi))


def _names_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from (name for name in properties if isinstance(name, str))
        if isinstance(node.get("in"), str) and isinstance(node.get("name"), str):
            yield node["name"]
        for value in node.values():
            yield from _names_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names_in(value)


def describe_errors(errors: Iterable[Mapping[str, Any]], known_names: frozenset[str]) -> list[dict[str, Any]]:
    """Pydantic's errors as members of a problem: where (``in`` and a JSON pointer), a code, and what it should be."""
    described: list[dict[str, Any]] = []
    for error in errors:
        if len(described) == MAX_ERRORS:
            break
        described.append(_describe(error, known_names))
    return described


def _describe(error: Mapping[str, Any], known_names: frozenset[str]) -> dict[str, Any]:
    location = tuple(error.get("loc", ()))
    place = str(location[0]) if location and location[0] in {"body", "query", "path", "header", "cookie"} else "body"
    code = str(error.get("type", "invalid"))
    context = error.get("ctx") or {}
    cause = context.get("error")
    if isinstance(cause, SaysWhy):
        return _member(place, location[1:], known_names, cause.code, (cause.indonesian, cause.english))
    if code in {"value_error", "assertion_error"}:
        texts = _own_sentence(str(cause), error.get("input")) if cause is not None else _GENERAL
        return _member(place, location[1:], known_names, "invalid", texts)
    return _member(place, location[1:], known_names, code, _texts_for(code, context))


def _member(
    place: str, path: Sequence[Any], known_names: frozenset[str], code: str, texts: tuple[str, str]
) -> dict[str, Any]:
    pointer = _pointer(path, known_names)
    return {"in": place, "pointer": pointer, "code": code, "detail": texts[0], "detail_en": texts[1]}


def _pointer(path: Sequence[Any], known_names: frozenset[str]) -> str:
    """A JSON pointer (RFC 6901) in which names that are not the schema's own are ``*``."""
    parts = []
    for part in path:
        shown = str(part) if isinstance(part, int) or part in known_names else UNKNOWN_NAME
        parts.append(shown.replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)


def _texts_for(code: str, context: Mapping[str, Any]) -> tuple[str, str]:
    facts = {name: context[name] for name in _SHOWN_CONTEXT if name in context}
    for beginning, indonesian, english in _TEXTS:
        if code.startswith(beginning):
            try:
                return indonesian.format_map(facts), english.format_map(facts)
            except KeyError:
                return _GENERAL
    return _GENERAL


def _own_sentence(sentence: str, submitted: Any) -> tuple[str, str]:
    """The sentence of a validator's ValueError, unless it shares a word or a run of digits with what was sent."""
    words = set(_runs(sentence))
    digits = [run for run in words if run.isdigit()]
    for leaf in _leaves(submitted):
        if not words.isdisjoint(_runs(leaf)):
            return _GENERAL
        # A validator often speaks of the cleaned value: "6472 0141 ..." was sent, "64720141..." is in the sentence.
        sent_digits = "".join(re.findall(r"\d", _plain(leaf)))
        if any(run in sent_digits for run in digits):
            return _GENERAL
    return _GENERAL[0], sentence


def _runs(text: str) -> list[str]:
    return [run for run in re.findall(r"[^\W\d_]+|\d+", _plain(text)) if len(run) >= _SHARED_RUN_LENGTH]


def _plain(text: str) -> str:
    """With letters of one case, and full-width letters and digits as ordinary ones."""
    return unicodedata.normalize("NFKC", text).casefold()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
