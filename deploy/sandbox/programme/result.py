"""What the main job came to, as one object for programs and as one table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.sandbox.programme.journey import Counts, Outcome
from deploy.sandbox.programme.plan import Plan
from shared.verification.platform import Verified

# Reasons and kinds of messages as people read them; a word that is not here shows as its code.
_REASONS: Mapping[str, str] = {
    "identity-invalid": "NIK tidak sah",
    "nik-empty": "NIK kosong",
    "nik-spreadsheet-number": "NIK rusak oleh lembar kerja",
    "nik-not-digits": "NIK bukan angka",
    "nik-length": "NIK bukan 16 angka",
    "nik-serial-zero": "NIK berakhir 0000",
    "nik-date-impossible": "tanggal dalam NIK mustahil",
    "name-missing": "nama kosong",
    "birth-date-impossible": "tanggal lahir mustahil",
    "sex-unknown": "jenis kelamin tidak jelas",
    "village-unknown": "desa tidak dikenal",
    "occupation-malformed": "kode pekerjaan salah",
    "working-unknown": "status bekerja tidak jelas",
    "decile-unknown": "desil tidak jelas",
    "formula": "sel berisi rumus",
    "cells": "jumlah kolom salah",
    "duplicate": "ganda",
    "deceased": "meninggal",
    "employed": "sudah penerima upah",
    "too-young": "terlalu muda",
    "too-old": "terlalu tua",
    "not-working": "tidak bekerja",
    "not-poor": "bukan desil sasaran",
    "occupation-not-listed": "pekerjaan di luar daftar",
    "outside-area": "di luar wilayah",
    "budget-exhausted": "anggaran habis",
    "no-account": "tanpa mata anggaran",
    "payer-conflict": "sudah ada pembayar lain",
    "not-eligible": "tidak memenuhi syarat",
    "registered": "pendaftaran diterima (registered)",
    "covered": "mulai terlindungi (covered)",
    "paid": "iuran dibayar (paid)",
    "lapsing": "akan berhenti (lapsing)",
    "employer-late": "pemberi kerja menunggak (late)",
}


def as_json(outcome: Outcome, verified: Verified, plan: Plan) -> dict[str, Any]:
    """The object of `payung up --json`. Rupiah are whole numbers."""
    after = outcome.after
    rosters, owed = after.enrolment["rosters"], after.subsidy["contributions"]
    return {
        "month": str(plan.month),
        "workers": {
            "rows": rosters["rows"],
            "refused": rosters["refused"],
            "refused_by_reason": rosters["refused_by_reason"],
            "registered": after.enrolment["registered"],
            "rejected": after.enrolment["rejected"],
            "rejected_by_reason": after.enrolment["rejected_by_reason"],
            "verified": after.enrolment["verified"],
            "granted": after.subsidy["granted"],
            "enrolled": after.enrolment["enrolled"],
            "refused_by_bpjs": after.enrolment["refused_by_bpjs"],
        },
        "contributions": owed | {"covered_months": after.enrolment["cover"]["paid"], "bills": after.subsidy["bills"]},
        "employers": after.compliance,
        "messages": {"by_purpose": after.notification["messages"], "by_state": after.notification["states"]},
        "cases": {name: counts["cases"] for name, counts in _by_service(after).items() if "cases" in counts},
        "new": {
            "contributions": after.contributions - outcome.before.contributions,
            "messages": after.messages - outcome.before.messages,
        },
        "verify": verified.as_json(),
        "month_s": round(outcome.month_s, 1),
        "elapsed_s": round(outcome.elapsed_s, 1),
    }


def as_rows(facts: Mapping[str, Any]) -> list[tuple[str, object, str]]:
    """The rows of the table: what, how many, and why or what it means."""
    workers, owed = facts["workers"], facts["contributions"]
    employers, messages = facts["employers"], facts["messages"]
    return [
        ("Baris masuk  (rows in)", _number(workers["rows"]), ""),
        ("  ditolak  (refused)", _number(workers["refused"]), _why(workers["refused_by_reason"])),
        ("Orang terdaftar  (registered)", _number(workers["registered"]), ""),
        ("  tidak memenuhi syarat  (rejected)", _number(workers["rejected"]), _why(workers["rejected_by_reason"])),
        ("  ditetapkan SK  (granted)", _number(workers["granted"]), ""),
        ("Peserta BPJS  (enrolled)", _number(workers["enrolled"]), _refused_there(workers["refused_by_bpjs"])),
        (f"Iuran {facts['month']} ditetapkan  (due)", _number(owed["due"]), rupiah(owed["due_rupiah"])),
        ("  dibayar  (paid)", _number(owed["paid"]), rupiah(owed["paid_rupiah"])),
        ("  belum dibayar  (outstanding)", _number(owed["outstanding"]), ""),
        ("  tanpa dana  (unfunded)", _number(owed["unfunded"]), _why(owed["unfunded_by_reason"])),
        ("Bulan terlindungi  (months covered)", _number(owed["covered_months"]), ""),
        ("Pemberi kerja  (employers)", _number(employers["employers"]), f"lunas (settled) {employers['settled']}"),
        (
            "  menunggak  (late)",
            _number(employers["late"]),
            f"{rupiah(employers['late_rupiah'])}, denda (fines) {rupiah(employers['fines_rupiah'])}",
        ),
        ("Pesan  (messages)", _number(sum(messages["by_purpose"].values())), _why(messages["by_purpose"])),
        ("Perlu diperiksa  (cases)", _number(sum(facts["cases"].values())), _why(facts["cases"])),
        ("Verifikasi  (verify)", "ok" if facts["verify"]["ok"] else "GAGAL / FAILED", _verified(facts["verify"])),
    ]


def rupiah(amount_rupiah: int) -> str:
    """As Indonesians write it."""
    return f"Rp{amount_rupiah:,}".replace(",", ".")


def _by_service(counts: Counts) -> dict[str, Any]:
    return {
        "enrolment": counts.enrolment,
        "subsidy": counts.subsidy,
        "compliance": counts.compliance,
        "notification": counts.notification,
    }


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _why(counts: Mapping[str, int]) -> str:
    ordered: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{_REASONS.get(name, name)} {_number(count)}" for name, count in ordered if count)


def _refused_there(count: int) -> str:
    return f"ditolak BPJS (refused there) {_number(count)}" if count else ""


def _verified(facts: Mapping[str, Any]) -> str:
    return f"{facts['checks']} pemeriksaan (checks), {_number(facts['facts'])} fakta (facts)"
