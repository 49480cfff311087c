"""One made-up worker: a name of the many peoples of East Kalimantan, a NIK, an address, how to be reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from deploy.sandbox.province.chance import Lot, between, choose
from deploy.sandbox.province.numbers import BirthDates, Day, Niks
from deploy.sandbox.province.tables import Regency, names, regencies, vulnerable_occupations

COLUMNS = (
    "nama", "nik", "tanggal_lahir", "jenis_kelamin", "alamat", "kode_desa", "kode_pekerjaan", "telepon", "email",
    "status_bekerja", "desil",
)  # fmt: skip

# What is written here goes into no network: domains that RFC 2606 keeps for examples.
_DOMAINS = ("example.com", "example.org", "example.net")
_MOBILE = ("0811", "0812", "0813", "0821", "0822", "0852", "0853", "0857", "0858", "0859", "0878", "0895")
_HAS_PHONE, _HAS_EMAIL = 0.88, 0.06
_AS_ON_THE_CARD = 0.25  # names in capitals


class Person(NamedTuple):
    """A row of the roster, in the order of its columns."""

    name: str
    nik: str
    birth_date: str
    sex: str
    address: str
    village: str
    occupation: str
    phone: str
    email: str
    working: str
    decile: str


class People:
    """Makes the workers of a roster, one after the other."""

    def __init__(self, niks: Niks, ages: BirthDates, chance: Callable[[], float]) -> None:
        self._niks = niks
        self._ages = ages
        self._chance = chance
        self._homes = Lot((regency, regency.population) for regency in regencies())
        self._occupations = Lot(vulnerable_occupations())
        self._streets = names("street")
        self._first = {"L": names("male"), "P": names("female")}
        self._last = {"L": names("last_male"), "P": names("last_female")}
        self._deciles = Lot((("1", 4), ("2", 3), ("3", 2), ("4", 1)))

    def make(self, number: int, ages: BirthDates | None = None) -> Person:
        """Person number ``number``; no two numbers give the same NIK."""
        chance = self._chance
        home = self._homes.draw(chance)
        female = chance() < 0.42
        sex = "P" if female else "L"
        day = (ages or self._ages).draw(number, chance)
        name = self.name(sex)
        return Person(
            name if chance() >= _AS_ON_THE_CARD else name.upper(),
            self._niks.make(number, day, female, home, chance),
            day.iso,
            sex,
            f"{choose(self._streets, chance)} No. {between(1, 180, chance)} RT {between(1, 40, chance):02d}",
            village(home, chance),
            self._occupations.draw(chance),
            phone(chance) if chance() < _HAS_PHONE else "",
            email(name, number, chance) if chance() < _HAS_EMAIL else "",
            "ya",
            self._deciles.draw(chance),
        )

    def wage_nik(self, number: int, home: Regency) -> str:
        """The NIK alone, of somebody who works for a wage and stands in no roster."""
        chance = self._chance
        day: Day = self._ages.draw(number, chance)
        return self._niks.make(number, day, chance() < 0.35, home, chance)

    def name(self, sex: str) -> str:
        """One to three words; a single name is common in Java."""
        chance = self._chance
        first, last = choose(self._first[sex], chance), choose(self._last[sex], chance)
        form = chance()
        if form < 0.05:
            return first
        if form < 0.72:
            return f"{first} {last}"
        if form < 0.82:
            return f"{'Muhammad' if sex == 'L' else 'Siti'} {first} {last}"
        return f"{first} {choose(self._first[sex], chance)} {last}"


def village(home: Regency, chance: Callable[[], float]) -> str:
    """A code in Kemendagri's form: regency 4, district 2, village 4 digits (1xxx urban, 2xxx rural). Made up."""
    urban = home.urban or chance() < 0.12
    return f"{home.code}{between(1, home.districts, chance):02d}{'1' if urban else '2'}{between(1, 10, chance):03d}"


def phone(chance: Callable[[], float]) -> str:
    """A mobile number as rosters write it. Subscriber parts begin with 0, which we know of no operator to hand out."""
    prefix = choose(_MOBILE, chance)
    number = f"0{int(chance() * 10_000_000):07d}"
    form = chance()
    if form < 0.62:
        return f"{prefix}{number}"
    if form < 0.78:
        return f"+62{prefix[1:]}{number}"
    if form < 0.88:
        return f"62{prefix[1:]}{number}"
    if form < 0.96:
        return f"{prefix}-{number[:4]}-{number[4:]}"
    return f"{prefix} {number[:4]} {number[4:]}"


def email(name: str, number: int, chance: Callable[[], float]) -> str:
    """An address that leads nowhere."""
    return f"{name.lower().replace(' ', '.')}{number}@{choose(_DOMAINS, chance)}"
