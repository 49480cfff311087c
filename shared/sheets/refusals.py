"""Why a file is not read as a table, and the bounds within which it is.

Sentences never repeat what stands in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.refusals import Refusal

MAX_XLSX_BYTES: Final = 32 * 1024 * 1024
MAX_XLSX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 64


class FileRefusal(Refusal):
    """Why the whole file is refused; places in the sentences are filled by the facts of a FileRefusedError."""

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
    LINE_TOO_LONG = (
        "line-too-long",
        "Baris {row} terlalu panjang. Tulis satu data per baris, lalu unggah lagi.",
        "Row {row} is too long. Write one record per row and upload again.",
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


class FileRefusedError(Exception):
    """The file cannot be taken. ``facts`` fill the places of the sentences: our own words and row numbers only."""

    def __init__(self, reason: Refusal, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.facts = dict(facts or {})
