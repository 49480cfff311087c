"""Collects raw settings from the environment, from files that the environment names, and from a secrets folder.

One order of precedence, and no silent mistakes: a name nobody knows is refused together with the nearest known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.settings.base import ServiceSettings

PREFIX = "PAYUNG_"
SECRETS_FOLDER_NAME = "PAYUNG_SECRETS_DIR"
DEFAULT_SECRETS_FOLDER = Path("/run/secrets")
MAX_SECRET_BYTES = 65_536

# Names with our prefix that other programs of the platform read; a service leaves them alone.
OTHER_PROGRAMS = frozenset({"PAYUNG_FAULTS", "PAYUNG_HOME", "PAYUNG_TESTING", SECRETS_FOLDER_NAME})
OTHER_PROGRAMS_PREFIXES = ("PAYUNG_LOCAL_", "PAYUNG_TEST_", "PAYUNG_CLI_", "PAYUNG_CRASH_")


class SettingsError(Exception):
    """The settings cannot be used. ``sentences`` say what is wrong and what to do; they hold no secret."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences

    @property
    def safe_message(self) -> str:
        """The sentences, fit for a log."""
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Found:
    """A raw value and the name under which an operator has to look for it."""

    value: str
    name: str


def names_of_field(service: str, field: str) -> list[str]:
    """The environment names that set ``field``, the strongest first."""
    own_name = f"{PREFIX}{_upper(service)}_{field.upper()}"
    everybodys = field in ServiceSettings.model_fields and field != "database_url"
    return [own_name, f"{PREFIX}{field.upper()}"] if everybodys else [own_name]


def collect(
    settings_class: type[ServiceSettings], service: str, environment: Mapping[str, str], other_services: Collection[str]
) -> dict[str, Found]:
    """Find the raw value of each field that is set.

    Raises SettingsError for unknown names, for a setting given twice, and for files that cannot be read.
    """
    given = {name.upper(): value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    folder_files = dict(_secret_files(given))
    known = {
        name
        for field in settings_class.model_fields
        for stem in names_of_field(service, field)
        for name in (stem, f"{stem}_FILE")
    }
    problems = _unknown_names([*given, *folder_files], known, service, other_services)
    found: dict[str, Found] = {}
    for field in settings_class.model_fields:
        for name in names_of_field(service, field):
            try:
                value = _value_of(name, given, folder_files)
            except SettingsError as error:
                problems.extend(error.sentences)
                break
            if value is not None:
                found[field] = Found(value, name)
                break
    if problems:
        raise SettingsError(problems)
    return found


def _upper(service: str) -> str:
    return service.upper().replace("-", "_")


def _secret_files(given: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    folder_name = given.get(SECRETS_FOLDER_NAME)
    folder = Path(folder_name) if folder_name else DEFAULT_SECRETS_FOLDER
    try:
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.name.upper().startswith(PREFIX) and path.is_file():
                    yield path.name.upper(), path
            return
    except OSError as error:
        raise SettingsError(
            [f"The secrets folder {folder} cannot be read ({error.strerror}). Let this user read it."]
        ) from None
    if folder_name:
        raise SettingsError(
            [f"{SECRETS_FOLDER_NAME} names {folder}, which is not a folder. Create it or unset the name."]
        )


def _unknown_names(names: Collection[str], known: set[str], service: str, other_services: Collection[str]) -> list[str]:
    foreign = tuple(f"{PREFIX}{_upper(other)}_" for other in other_services if other != service)
    sentences = []
    for name in names:
        if name in known or name in OTHER_PROGRAMS or name.startswith((*OTHER_PROGRAMS_PREFIXES, *foreign)):
            continue
        nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
        hint = f"The nearest known name is {nearest[0]}; rename it" if nearest else "Remove it"
        sentences.append(f"{name} is not a setting of {service}. {hint}, or unset it if it is not meant for {service}.")
    return sentences


def _value_of(name: str, given: Mapping[str, str], folder_files: Mapping[str, Path]) -> str | None:
    file_name = f"{name}_FILE"
    if name in given and file_name in given:
        raise SettingsError([f"{name} and {file_name} are both set. Keep the one that is right and unset the other."])
    if name in given:
        return given[name]
    if file_name in given:
        return _read_secret(Path(given[file_name]), f"{file_name} names the file")
    if name in folder_files:
        return _read_secret(folder_files[name], f"{name} is in the secrets folder, in the file")
    return None


def _read_secret(path: Path, told_by: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        text = content.decode().rstrip("\r\n")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(
            [f"{told_by} {path}, which cannot be read ({why}). Mount it, or let this user read it."]
        ) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{told_by} {path}, which is not text in UTF-8. Write the plain value into it."]) from None
    if not text or len(content) > MAX_SECRET_BYTES:
        what = "is empty" if not text else "is longer than 64 KiB"
        raise SettingsError([f"{told_by} {path}, which {what}. Write the plain value into it."])
    return text
