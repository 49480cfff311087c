"""Why a roster, or a row of one, is not taken: a code for machines and the sentence that tells the officer what to do.

Sentences never repeat what stands in the file. Codes of numbers (NIK, telephone) come from `shared.identity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from shared.identity.nik import NikRefusal
from shared.identity.phone import PhoneRefusal
from shared.identity.refusal import Refusal

MAX_UPLOAD_BYTES: Final = 1024 * 1024 * 1024
MAX_CHECK_LIST_BYTES: Final = 64 * 1024 * 1024
MAX_XLSX_BYTES: Final = 32 * 1024 * 1024
MAX_XLSX_ROWS: Final = 100_000
MAX_ROWS: Final = 10_000_000
MAX_COLUMNS: Final = 64


class FileRefusal(Refusal):
    """Why the whole file is refused."""

    EMPTY = (
        "file-empty",
        "Berkas kosong. Periksa berkas yang dipilih, lalu unggah lagi.",
        "The file is empty. Check which file was chosen and upload again.",
    )
    NOT_A_TABLE = (
        "file-not-a-table",
        "Berkas ini bukan CSV atau XLSX. Simpan daftar sebagai CSV UTF-8 atau XLSX, lalu unggah lagi.",
        "This is neither CSV nor XLSX. Save the list as CSV UTF-8 or XLSX and upload again.",
    )
    OLD_EXCEL = (
        "file-old-excel",
        "Berkas Excel lama (.xls) tidak dibaca. Simpan sebagai .xlsx atau CSV UTF-8, lalu unggah lagi.",
        "The old Excel format (.xls) is not read. Save it as .xlsx or CSV UTF-8 and upload again.",
    )
    UTF_16 = (
        "file-utf-16",
        "Berkas disimpan sebagai teks Unicode (UTF-16). Simpan sebagai 'CSV UTF-8', lalu unggah lagi.",
        "The file is saved as Unicode text (UTF-16). Save it as 'CSV UTF-8' and upload again.",
    )
    ENCODING = (
        "file-encoding",
        "Huruf dalam berkas tidak dapat dibaca. Simpan sebagai 'CSV UTF-8', lalu unggah lagi.",
        "The letters of the file cannot be read. Save it as 'CSV UTF-8' and upload again.",
    )
    XLSX_TOO_LARGE = (
        "xlsx-too-large",
        f"Berkas XLSX paling banyak {MAX_XLSX_ROWS} baris, {MAX_COLUMNS} kolom, dan {MAX_XLSX_BYTES // 2**20} MB. "
        "Untuk daftar yang lebih besar, simpan sebagai CSV UTF-8, lalu unggah lagi.",
        f"An XLSX file has at most {MAX_XLSX_ROWS} rows, {MAX_COLUMNS} columns and {MAX_XLSX_BYTES // 2**20} MB. "
        "Save a larger list as CSV UTF-8 and upload again.",
    )
    XLSX_UNREADABLE = (
        "xlsx-unreadable",
        "Berkas XLSX rusak atau dikunci kata sandi. Buka di Excel, simpan ulang tanpa kata sandi, lalu unggah lagi.",
        "The XLSX file is damaged or locked by a password. Open it, save it again without one and upload again.",
    )
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
    QUOTE_OPEN = (
        "quote-open",
        "Tanda kutip di sekitar baris {row} tidak ditutup dengan benar. Hapus atau tutup tanda itu, lalu unggah lagi.",
        "A quotation mark near row {row} is not closed as it should be. Delete or close it and upload again.",
    )
    CUT_OFF = (
        "file-cut-off",
        "Baris terakhir, baris {row}, terputus di tengah. Simpan ulang berkas dari asalnya, lalu unggah lagi.",
        "The last row, row {row}, breaks off in the middle. Save the file anew from its origin and upload again.",
    )
    CONTROL_SIGN = (
        "control-sign",
        "Baris {row} memuat tanda yang tidak ada dalam teks. Simpan sebagai 'CSV UTF-8', periksa, lalu unggah lagi.",
        "Row {row} holds a sign that no text has. Save the file as 'CSV UTF-8', look at the row and upload again.",
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

_BY_CODE: Final[Mapping[str, Refusal]] = {
    refusal.code: refusal for kind in (FileRefusal, RowRefusal, RowNote, NikRefusal, PhoneRefusal) for refusal in kind
}


class FileRefusedError(Exception):
    """The file cannot be taken. ``facts`` fill the places of the sentences: our own words and row numbers only."""

    def __init__(self, reason: FileRefusal, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.facts = dict(facts or {})


def sentences(code: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """The Indonesian and the English sentence of a stored ``code``."""
    found = _BY_CODE.get(code)
    if found is None:
        return code, code
    return found.indonesian.format_map(facts), found.english.format_map(facts)


def advice(codes: Iterable[str]) -> str:
    """What to do about a row, in Indonesian, for its codes in order."""
    parts = []
    for code in codes:
        if code in REJECTIONS:
            parts.append(f"Tidak memenuhi syarat: {REJECTIONS[code]}.")
        elif code in _BY_CODE:
            parts.append(_BY_CODE[code].indonesian)
    return " ".join(parts)
