"""Why a roster, or a row of one, is not taken: a code for machines and the sentence that tells the officer what to do.

Sentences never repeat what stands in the file. Codes of numbers (NIK, telephone) come from `shared.identity`, those of
damaged files from `shared.sheets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from shared.identity.nik import NikRefusal
from shared.identity.phone import PhoneRefusal
from shared.refusals import Refusal
from shared.sheets.refusals import MAX_COLUMNS, FileRefusal

MAX_UPLOAD_BYTES: Final = 1024 * 1024 * 1024
MAX_CHECK_LIST_BYTES: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 10_000_000


class RosterRefusal(Refusal):
    """Why a file that can be read is refused as a roster."""

    COLUMNS_MISSING = (
        "columns-missing",
        "Kolom ini belum ada di baris pertama: {columns}. Tambahkan dengan nama itu, lalu unggah lagi.",
        "The first row lacks these columns: {columns}. Add them under these names and upload again.",
    )
    COLUMNS_DOUBLED = (
        "columns-doubled",
        "Kolom ini ada lebih dari sekali: {columns}. Hapus yang berlebih, lalu unggah lagi.",
        "These columns occur more than once: {columns}. Delete the spare ones and upload again.",
    )
    COLUMNS_TOO_MANY = (
        "columns-too-many",
        f"Berkas mempunyai lebih dari {MAX_COLUMNS} kolom. Hapus kolom yang tidak diperlukan, lalu unggah lagi.",
        f"The file has more than {MAX_COLUMNS} columns. Delete those that are not needed and upload again.",
    )
    # Of `shared.sheets`, in words about people.
    LINE_TOO_LONG = (
        "line-too-long",
        "Baris {row} terlalu panjang untuk data satu orang. Tulis satu orang per baris, lalu unggah lagi.",
        "Row {row} is too long for one person's data. Write one person per row and upload again.",
    )
    ROWS_TOO_MANY = (
        "rows-too-many",
        f"Berkas mempunyai lebih dari {MAX_ROWS} baris. Bagi menjadi beberapa berkas, lalu unggah lagi.",
        f"The file has more than {MAX_ROWS} rows. Split it into several files and upload again.",
    )
    NO_USABLE_ROW = (
        "no-usable-row",
        "Tidak ada baris yang dapat diterima. Lihat berkas hasil, perbaiki daftarnya, lalu unggah lagi.",
        "No row can be accepted. Look at the result file, correct the list and upload again.",
    )


class RowRefusal(Refusal):
    """Why a row is refused."""

    FORMULA = (
        "formula",
        "Ada sel yang dimulai dengan =, +, - atau @ seperti rumus; tulis nilainya saja.",
        "A cell begins with =, +, - or @ like a formula; write the plain value.",
    )
    CELLS = (
        "cells",
        "Jumlah kolom baris ini berbeda dari judul; periksa tanda pemisah dan kutip.",
        "This row has another number of columns than the header; check delimiters and quotes.",
    )
    NAME = ("name-missing", "Nama belum diisi atau terlalu panjang.", "The name is missing or too long.")
    BIRTH_DATE = (
        "birth-date-impossible",
        "Tanggal lahir tidak mungkin; tulis TTTT-BB-HH, misalnya 1980-12-31.",
        "The birth date is not possible; write YYYY-MM-DD, for example 1980-12-31.",
    )
    SEX = ("sex-unknown", "Jenis kelamin diisi L atau P.", "The sex is L (male) or P (female).")
    VILLAGE = (
        "village-unknown",
        "Kode desa tidak dikenal; isi 10 angka kode Kemendagri desa di Kalimantan Timur.",
        "The village code is unknown; enter the 10-digit Kemendagri code of a village in East Kalimantan.",
    )
    OUTSIDE_AREA = (
        "outside-area",
        "Desa ini di luar wilayah tugas pengunggah; kirim ke petugas wilayahnya.",
        "This village lies outside the uploader's area; send the row to that area's officer.",
    )
    OCCUPATION = (
        "occupation-malformed",
        "Kode pekerjaan tidak berbentuk kode; pakai kode dari daftar pekerjaan, misalnya K11.",
        "The occupation code has not the form of a code; use one of the occupation list, for example K11.",
    )
    WORKING = ("working-unknown", "Status bekerja diisi ya atau tidak.", "Working status is ya (yes) or tidak (no).")
    DECILE = ("decile-unknown", "Desil diisi angka 1 sampai 10.", "The decile is a number from 1 to 10.")
    DUPLICATE = (
        "duplicate",
        "NIK ini sudah ada di baris sebelumnya atau sudah terdaftar; hapus baris ini.",
        "This NIK stands in an earlier row or is registered already; delete this row.",
    )


class RowNote(Refusal):
    """What an officer should know of an accepted row. Never a reason to refuse."""

    BIRTH_DATE_DIFFERS = (
        "birth-date-differs",
        "Tanggal lahir berbeda dari NIK; cocokkan dengan KTP.",
        "The birth date differs from the NIK; compare with the identity card.",
    )
    SEX_DIFFERS = (
        "sex-differs",
        "Jenis kelamin berbeda dari NIK; cocokkan dengan KTP.",
        "The sex differs from the NIK; compare with the identity card.",
    )
    EMAIL_DROPPED = (
        "email-dropped",
        "Alamat surel tidak dapat dipakai dan dikosongkan.",
        "The e-mail address cannot be used and was left out.",
    )
    ADDRESS_CUT = ("address-cut", "Alamat dipotong pada 300 huruf.", "The address was cut at 300 characters.")


REJECTIONS: Final[Mapping[str, str]] = {
    "deceased": "tercatat meninggal dunia",
    "employed": "tercatat sebagai pekerja penerima upah",
    "too-young": "di bawah batas usia",
    "too-old": "melewati batas usia",
    "not-working": "tidak sedang bekerja",
    "not-poor": "desil di atas batas",
    "occupation-not-listed": "pekerjaan tidak termasuk daftar",
}

_KINDS: Final = (FileRefusal, RosterRefusal, RowRefusal, RowNote, NikRefusal, PhoneRefusal)
_BY_CODE: Final[Mapping[str, Refusal]] = {refusal.code: refusal for kind in _KINDS for refusal in kind}


def sentences(code: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """The Indonesian and the English sentence of a stored ``code``."""
    refusal = _BY_CODE.get(code)
    if refusal is None:
        return code, code
    return refusal.indonesian.format_map(facts), refusal.english.format_map(facts)


def advice(codes: Iterable[str]) -> str:
    """What to do about a row, in Indonesian, for its codes in order."""
    parts = []
    for code in codes:
        if code in REJECTIONS:
            parts.append(f"Tidak memenuhi syarat: {REJECTIONS[code]}.")
        elif code in _BY_CODE:
            parts.append(_BY_CODE[code].indonesian)
    return " ".join(parts)
