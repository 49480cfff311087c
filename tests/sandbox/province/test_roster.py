"""The roster: dirt in its shares, and each row is what the truth file says it is."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta

import pytest

from deploy.sandbox.province import DEFAULT_MONTH
from deploy.sandbox.province.dirt import SHARES_PERMILLE
from deploy.sandbox.province.people import COLUMNS
from deploy.sandbox.province.tables import regencies
from shared.identity.nik import Declared, Nik, NikFlag, NikRefusedError, Sex, parse_nik
from shared.identity.phone import parse_phone
from shared.reference import REFERENCE_FOLDER
from tests.sandbox.province.conftest import Sample

SOUND = ("clean", "employed", "deceased", "not-working", "not-poor", "occupation-not-listed", "duplicate-exact")


@pytest.fixture(scope="module")
def rows(sample: Sample) -> list[tuple[dict[str, str], str]]:
    """Every row with its kind."""
    kinds = sample.kinds()
    return [
        (row, kinds.get(number, ("clean", None))[0]) for number, row in enumerate(sample.rows("roster.csv"), start=1)
    ]


def read(row: dict[str, str]) -> Nik:
    """The row's NIK against its other columns."""
    sex = Sex.FEMALE if row["jenis_kelamin"] == "P" else Sex.MALE
    declared = Declared(date.fromisoformat(row["tanggal_lahir"]), sex, row["kode_desa"][:4])
    return parse_nik(row["nik"], declared)


def age(row: dict[str, str]) -> int:
    born, today = date.fromisoformat(row["tanggal_lahir"]), DEFAULT_MONTH.first_day
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def test_columns_and_counts(sample: Sample, rows: list[tuple[dict[str, str], str]]) -> None:
    assert tuple(rows[0][0]) == COLUMNS
    assert len(rows) == sample.manifest["roster"]["rows"] == 10_000


def test_the_dirt_is_in_its_shares_and_the_manifest_counts_it(
    sample: Sample, rows: list[tuple[dict[str, str], str]]
) -> None:
    counts = Counter(kind for _, kind in rows)
    for kind, share_permille in SHARES_PERMILLE.items():
        assert abs(counts[kind.value] - share_permille * 10) <= 2, kind  # the first rows have nobody to repeat
    roster = sample.manifest["roster"]
    assert roster["refused_rows"] == sum(roster["refused"].values()) == 300
    assert roster["duplicate_rows"] == sum(roster["duplicates"].values())
    assert {name: counts[name] for group in ("refused", "duplicates", "ineligible") for name in roster[group]} == {
        **roster["refused"],
        **roster["duplicates"],
        **roster["ineligible"],
    }
    excluded = roster["refused_rows"] + roster["duplicate_rows"] + roster["ineligible_persons"]
    assert roster["eligible_persons"] == 10_000 - excluded


def test_what_is_expected_adds_up(sample: Sample) -> None:
    expected, roster = sample.manifest["expected"], sample.manifest["roster"]
    assert expected["registered"] == expected["rows"] - expected["refused"]
    assert expected["verified"] == expected["registered"] - expected["rejected"]
    assert expected["verified"] == roster["eligible_persons"] + expected["near_duplicate_cases"]
    assert expected["refused"] == sum(expected["refused_by_reason"].values())


def test_a_sound_row_has_a_nik_that_fits_birth_date_and_sex(rows: list[tuple[dict[str, str], str]]) -> None:
    flags: Counter[NikFlag] = Counter()
    checked = 0
    for row, kind in rows:
        if kind in SOUND:
            checked += 1
            flags.update(read(row).flags)
    assert checked > 9_000
    assert flags[NikFlag.BIRTH_DATE_DIFFERS] == flags[NikFlag.SEX_DIFFERS] == flags[NikFlag.REGION_UNKNOWN] == 0
    assert 0.30 < flags[NikFlag.REGION_DIFFERS] / checked < 0.60
    assert flags[NikFlag.REGION_LEGACY] > 0


@pytest.mark.parametrize("kind", ["nik-length", "nik-spreadsheet-number", "nik-not-digits", "nik-date-impossible"])
def test_a_bad_nik_is_refused_for_the_reason_that_the_truth_names(
    kind: str, rows: list[tuple[dict[str, str], str]]
) -> None:
    found = [row for row, row_kind in rows if row_kind == kind]
    assert found
    for row in found:
        with pytest.raises(NikRefusedError) as refused:
            parse_nik(row["nik"])
        assert refused.value.code == kind


def test_other_bad_rows_are_bad(rows: list[tuple[dict[str, str], str]]) -> None:
    known = {regency.code for regency in regencies()}
    for row, kind in rows:
        if kind == "birth-date-impossible":
            with pytest.raises(ValueError, match=r"."):
                date.fromisoformat(row["tanggal_lahir"])
        else:
            date.fromisoformat(row["tanggal_lahir"])
        village = row["kode_desa"]
        assert (len(village) == 10 and village.isdigit() and village[:4] in known) is (kind != "village-unknown")
        assert (row["nama"] == "") is (kind == "name-missing")


def test_who_is_not_entitled_is_so_for_the_reason_named(rows: list[tuple[dict[str, str], str]]) -> None:
    with (REFERENCE_FOLDER / "occupations.csv").open(encoding="utf-8") as file:
        vulnerable = {row["code"] for row in csv.DictReader(file) if row["is_vulnerable"] == "true"}
    for row, kind in rows:
        if kind == "birth-date-impossible":
            continue
        assert (age(row) >= 65) is (kind == "too-old")
        assert (age(row) < 18) is (kind == "too-young")
        assert (row["status_bekerja"] == "tidak") is (kind == "not-working")
        assert (int(row["desil"]) > 4) is (kind == "not-poor")
        assert (row["kode_pekerjaan"] not in vulnerable) is (kind == "occupation-not-listed")


def test_only_duplicates_repeat_a_nik(sample: Sample, rows: list[tuple[dict[str, str], str]]) -> None:
    once = [row["nik"] for row, kind in rows if not kind.startswith("duplicate") and not kind.startswith("nik-")]
    assert len(set(once)) == len(once)
    for number, (kind, first_row) in sample.kinds().items():
        if first_row is None:
            continue
        row, first = rows[number - 1][0], rows[first_row - 1][0]
        different = {name for name in COLUMNS if row[name] != first[name]}
        assert first_row < number
        assert rows[first_row - 1][1] == "clean"
        assert different == {"duplicate-exact": set(), "duplicate-name-misspelt": {"nama"}}.get(kind, {"nik"})
        if kind == "duplicate-nik-mistyped":
            assert sum(one != two for one, two in zip(row["nik"], first["nik"], strict=True)) == 1
            assert row["nik"] not in once


def test_lawful_oddities_stay_acceptable(rows: list[tuple[dict[str, str], str]]) -> None:
    for row, kind in rows:
        if kind == "lawful-nik-with-separators":
            assert not row["nik"].isdigit()
            assert not read(row).flags & {NikFlag.BIRTH_DATE_DIFFERS, NikFlag.SEX_DIFFERS}
        if kind == "lawful-birth-date-corrected":
            assert NikFlag.BIRTH_DATE_DIFFERS in read(row).flags
            born, declared = read(row).birth_date, date.fromisoformat(row["tanggal_lahir"])
            assert born is not None
            assert abs(born - declared) < timedelta(days=31)


def test_phones_can_be_dialled_and_mail_leads_nowhere(rows: list[tuple[dict[str, str], str]]) -> None:
    phones = [parse_phone(row["telepon"]) for row, _ in rows if row["telepon"]]
    assert 0.85 < len(phones) / len(rows) < 0.91
    assert not any(phone.flags for phone in phones)
    domains = {row["email"].split("@")[1] for row, _ in rows if row["email"]}
    assert domains == {"example.com", "example.org", "example.net"}


def test_regencies_have_their_share_of_people(rows: list[tuple[dict[str, str], str]]) -> None:
    counts = Counter(row["kode_desa"][:4] for row, kind in rows if kind != "village-unknown")
    total = sum(regency.population for regency in regencies())
    assert total == 3_766_039
    for regency in regencies():
        assert counts[regency.code] / len(rows) == pytest.approx(regency.population / total, abs=0.015)


def test_no_serial_was_ever_issued(rows: list[tuple[dict[str, str], str]]) -> None:
    assert all(int(row["nik"][-4:]) >= 5000 for row, kind in rows if kind in SOUND)
