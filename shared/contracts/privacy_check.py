"""Looks for fields that sound like personal data, so that a name or a telephone number never becomes a field.

It reads names, not values: it stops the honest mistake. The canary test of a whole run looks for the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel

DENIED_WORDS: Final[frozenset[str]] = frozenset(
    {
        *("name", "names", "nama", "fullname", "firstname", "lastname", "surname", "nickname", "alias"),
        *("nik", "ktp", "kk", "kpj", "npwp", "nip", "passport", "paspor", "sim"),
        *("phone", "phones", "telephone", "telepon", "telp", "mobile", "msisdn", "hp", "whatsapp", "wa"),
        *("email", "mail", "address", "addresses", "alamat", "street", "jalan", "rt", "rw", "postcode", "kodepos"),
        *("latitude", "longitude", "lat", "lon", "lng", "geolocation"),
        *("birth", "birthdate", "birthday", "birthplace", "born", "lahir", "dob", "age", "umur", "usia"),
        *("sex", "gender", "kelamin", "religion", "agama", "ethnicity", "suku", "marital", "spouse", "wife", "husband"),
        *("mother", "father", "ibu", "ayah", "child", "children", "anak", "heir", "heirs", "ahli"),
        *("disability", "disabilitas", "illness", "diagnosis", "health", "medical", "blood"),
        *("iban", "rekening", "card", "photo", "foto", "face", "fingerprint", "biometric", "signature"),
    }
)
"""Words of a field's name that mean data about a person (UU 27/2022, general and specific data)."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def personal_fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Fields of ``model`` and of models inside it whose name holds a denied word: path and word."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        for spelling in {name, field.alias, field.serialization_alias} - {None}:
            for word in _WORDS.findall(str(spelling)):
                if word.lower() in DENIED_WORDS:
                    yield path, word.lower()
        for inner in _models_in(field.annotation):
            if inner is not model:
                yield from personal_fields(inner, f"{path}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
