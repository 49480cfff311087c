"""The page that lies beside every sample, so that nobody takes it for real."""

from __future__ import annotations


def readme(workers: int, employers: int, seed: int, month: str) -> str:
    """Indonesian first, then English."""
    return f"""# Data contoh Payung / Payung sample data

**Semua isi folder ini buatan mesin. Tidak ada orang, NIK, nomor telepon, alamat, atau perusahaan sungguhan.**
Nama dirangkai acak dari daftar kata; nomor urut NIK dimulai dari 5000, yang dalam kenyataan tidak diterbitkan;
alamat surel memakai domain contoh. Kemiripan dengan siapa pun adalah kebetulan. Jangan mengirim pesan ke nomor di
sini melalui kanal sungguhan: pakailah kotak surat lokal.

**Everything in this folder is made by a program. No person, NIK, phone number, address or company is real.** Names are
put together at random from lists of words; NIK serials start at 5000, which is not issued in practice; e-mail addresses
use example domains. Likeness to anybody is chance. Send no message to these numbers through a real channel: use the
local mailbox.

Made with: {workers} workers, {employers} employers, seed {seed}, month {month}. The same wish gives the same bytes.

| file | holds |
|---|---|
| `roster.csv` or `roster.xlsx` | workers as villages report them; about 8 % of the rows are wrong or not entitled |
| `roster-truth.csv` | each row that is not clean: `row` counts data rows from 1, `first_row` is what it repeats |
| `deceased.csv`, `wage-workers.csv` | NIKs for the check lists; most of them stand in no roster |
| `employers.csv`, `wages.csv`, `payments.csv` | employers, what they report for the month, what they have paid |
| `employers-truth.csv` | which employers breach what |
| `manifest.json` | the counts that a correct system finds, parameters, and the SHA-256 of each file |

In the manifest, `roster` counts what was put in and `expected` what Payung finds with its rules; `eligible_persons` are
those whose first row is sound and whom no rule excludes.
"""
