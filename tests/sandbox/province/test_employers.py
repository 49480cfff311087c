"""Employers, wages and payments fit each other, the check lists and the manifest."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

from deploy.sandbox.province import DEFAULT_MONTH
from deploy.sandbox.province.employers import COMPULSORY
from deploy.sandbox.province.tables import regencies
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates, Segment
from shared.identity.nik import parse_nik
from shared.money import Rounding, Rupiah, percent
from tests.sandbox.province.conftest import Sample

JKK = {"1": "0.24", "2": "0.54", "3": "0.89", "4": "1.27", "5": "1.74"}
JP_CEILING_RUPIAH = 11_086_300


def due_rupiah(employer: dict[str, str], wages: list[int]) -> int:
    """What the law's rates make of the wages, programme by programme and worker by worker, nothing left over."""
    return sum(due_for_one(employer["kelas_risiko"], employer["program"], wage) for wage in wages)


@cache
def due_for_one(risk_class: str, programmes: str, wage_rupiah: int) -> int:
    rates = [JKK[risk_class], "0.30"] + (["3.70", "2.00"] if "JHT" in programmes else [])
    pension_rates = ["2.00", "1.00"] if "JP" in programmes.split("+") else []
    capped = Rupiah(min(wage_rupiah, JP_CEILING_RUPIAH))
    due = sum(int(Rupiah(wage_rupiah).share(percent(rate), Rounding.EXACT)) for rate in rates)
    return due + sum(int(capped.share(percent(rate), Rounding.EXACT)) for rate in pension_rates)


def test_sizes_and_volume(sample: Sample) -> None:
    employers, wages = sample.rows("employers.csv"), sample.rows("wages.csv")
    assert len(employers) == len({employer["npp"] for employer in employers}) == 300
    assert Counter(employer["skala"] for employer in employers) == {
        "mikro": 135,
        "kecil": 99,
        "menengah": 48,
        "besar": 18,
    }
    assert 15_000 <= len(wages) <= 25_000
    assert sample.manifest["employers"]["wages"]["rows"] == len(wages)
    assert all(len(employer["npp"]) == 8 for employer in employers)


def test_breaches_are_in_the_rows(sample: Sample) -> None:
    breaches = {row["npp"]: row["breach"] for row in sample.rows("employers-truth.csv")}
    floors = {regency.code: regency.minimum_wage_rupiah for regency in regencies()}
    wages: dict[str, list[int]] = {}
    for row in sample.rows("wages.csv"):
        wages.setdefault(row["npp"], []).append(int(row["upah_rupiah"]))
    for employer in sample.rows("employers.csv"):
        npp, breach = employer["npp"], breaches.get(employer["npp"], "none")
        reported = wages.get(npp, [])
        lacks = set(COMPULSORY[employer["skala"]]) - set(employer["program"].split("+"))
        assert bool(lacks) is (breach == "pds-program")
        assert (employer["terdaftar_bpjs"] == "tidak") is (breach == "pwbd")
        assert (len(reported) < int(employer["jumlah_pekerja"])) is (breach in ("pwbd", "pds-tk"))
        if breach != "pds-upah":
            assert all(wage >= floors[employer["kode_kabupaten"]] for wage in reported)
    assert Counter(breaches.values()) == Counter(
        {name: count for name, count in sample.manifest["employers"]["breaches"].items() if count}
    )
    assert set(breaches.values()) == {"pwbd", "pds-tk", "pds-upah", "pds-program"}
    assert sample.manifest["employers"]["wages"]["rows_below_minimum_wage"] > 0


def test_payments_are_what_the_law_makes_of_the_wages(sample: Sample) -> None:
    employers = {employer["npp"]: employer for employer in sample.rows("employers.csv")}
    wages: dict[str, list[int]] = {}
    for row in sample.rows("wages.csv"):
        assert row["bulan"] == str(DEFAULT_MONTH)
        wages.setdefault(row["npp"], []).append(int(row["upah_rupiah"]))
    due_on = DueDates(BusinessCalendar(estimates_allowed=True)).due_date(DEFAULT_MONTH, Segment.PU)
    ways: Counter[str] = Counter()
    for payment in sample.rows("payments.csv"):
        due = due_rupiah(employers[payment["npp"]], wages[payment["npp"]])
        paid, fine = int(payment["iuran_rupiah"]), int(payment["denda_rupiah"])
        in_time = date.fromisoformat(payment["tanggal_bayar"]) <= due_on
        if paid < due:
            ways["paid-in-part"] += 1
            assert in_time
        elif in_time:
            ways["paid-in-time"] += 1
            assert fine == 0
        else:
            ways["paid-late-with-fine"] += 1
            assert fine == Rupiah(due).share(percent("2"), Rounding.HALF_UP)
        assert paid <= due
    ways["not-paid"] = len(wages) - sum(ways.values())
    told = sample.manifest["employers"]["wages"]
    assert ways == {way: told[way] for way in ways}
    assert 0.76 < ways["paid-in-time"] / len(wages) < 0.84
    assert told["due_rupiah"] == sum(due_rupiah(employers[npp], rows) for npp, rows in wages.items())


def test_check_lists_find_whom_the_truth_names(sample: Sample) -> None:
    roster, kinds = sample.rows("roster.csv"), sample.kinds()
    deceased = {row["nik"] for row in sample.rows("deceased.csv")}
    employed = {row["nik"] for row in sample.rows("wage-workers.csv")}
    reported = {row["nik"] for row in sample.rows("wages.csv")}
    assert len(reported) == len(sample.rows("wages.csv"))
    assert reported <= employed
    for number, row in enumerate(roster, start=1):
        kind = kinds.get(number, ("clean", None))[0]
        assert (row["nik"] in deceased) is (kind == "deceased")
        assert (row["nik"] in employed) is (kind == "employed")
        assert (row["nik"] in reported) is (kind == "employed")
    assert len(deceased) == 6 * sample.manifest["roster"]["ineligible"]["deceased"]
    for nik in deceased | employed:
        parse_nik(nik)
