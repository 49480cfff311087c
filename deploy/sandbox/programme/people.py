"""The people of the demonstration, each with the role that the step needs. Nobody approves what he made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

PROVINCE: Final = "64"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the table of users: sign-in subject, role names, areas."""

    subject: str
    roles: tuple[str, ...]
    areas: tuple[str, ...] = (PROVINCE,)


ENUMERATOR: Final = Person("petugas-pendata", ("enumerator",))
VERIFIER: Final = Person("verifikator-kabupaten", ("verifier",))
OWNER: Final = Person("disnakertrans", ("programme-owner",))
APPROVER: Final = Person("pejabat-penyetuju", ("approver",))
TREASURER: Final = Person("bendahara", ("treasurer",))
BRANCH: Final = Person("cabang-bpjs", ("bpjs-branch",))
COMPLIANCE: Final = Person("pejabat-kepatuhan", ("compliance-officer",))
OPERATOR: Final = Person("operator", ("operator",))
AUDITOR: Final = Person("inspektorat", ("auditor",))

EVERYBODY: Final = (ENUMERATOR, VERIFIER, OWNER, APPROVER, TREASURER, BRANCH, COMPLIANCE, OPERATOR, AUDITOR)


def as_table() -> list[dict[str, object]]:
    """For the local issuer's file of users."""
    return [
        {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(person).items()}
        for person in EVERYBODY
    ]
