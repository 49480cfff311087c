"""The refusals that only compliance has."""

from __future__ import annotations

from typing import Final

from services.compliance.rules.sheet import MAX_ROWS, SheetRefusedError
from shared.http import ProblemError, ProblemType

FILE_EMPTY: Final = ProblemType(
    "file-empty",
    422,
    "Berkas kosong",
    "The file is empty",
    "Berkas tidak berisi baris data. Isi sedikitnya satu baris di bawah judul kolom, lalu unggah lagi.",
    "The file has no rows. Give at least one row below the header line and upload it again.",
)
FILE_COLUMNS: Final = ProblemType(
    "file-columns",
    422,
    "Judul kolom tidak sesuai",
    "The columns are not the expected ones",
    "Baris pertama harus memuat setiap judul kolom ini satu kali: {columns}. Perbaiki judulnya, lalu unggah lagi.",
    "The first line has to name each of these columns once: {columns}. Correct it and upload the file again.",
)
FILE_UNREADABLE: Final = ProblemType(
    "file-unreadable",
    422,
    "Berkas tidak dapat dibaca",
    "The file cannot be read",
    "Berkas bukan CSV berkode UTF-8. Simpan dari lembar kerja sebagai 'CSV UTF-8', lalu unggah lagi.",
    "The file is not CSV in UTF-8. Save it from the spreadsheet as 'CSV UTF-8' and upload it again.",
)
FILE_TOO_LONG: Final = ProblemType(
    "file-too-long",
    422,
    "Berkas terlalu panjang",
    "The file has too many rows",
    "Satu berkas memuat paling banyak {max_rows} baris. Bagi per kabupaten atau per bulan, lalu unggah satu per satu.",
    "A file may have {max_rows} rows. Split it by regency or month and upload the parts one by one.",
)
FILE_QUOTE: Final = ProblemType(
    "file-quote",
    422,
    "Tanda kutip tidak ditutup",
    "A quotation mark is not closed",
    "Tanda kutip yang dibuka di baris {row} tidak ditutup dengan benar, sehingga baris-baris sesudahnya tidak dapat "
    "dibedakan. Tidak ada yang diterima. Hapus atau tutup tanda kutip itu, lalu unggah lagi.",
    "The quotation mark that opens in row {row} is not closed as it should be, so the rows behind it cannot be told "
    "apart. Nothing was taken. Delete or close the mark and upload the file again.",
)
FILE_CELL_TOO_LONG: Final = ProblemType(
    "file-cell-too-long",
    422,
    "Sel terlalu panjang",
    "A cell is too long",
    "Satu sel di baris {row} jauh lebih panjang daripada data satu baris. Tidak ada yang diterima. Periksa baris itu, "
    "perbaiki, lalu unggah lagi.",
    "A cell of row {row} is far longer than the data of one row. Nothing was taken. Look at that row, correct it and "
    "upload the file again.",
)
FILE_CUT_OFF: Final = ProblemType(
    "file-cut-off",
    422,
    "Berkas terpotong",
    "The file was cut off",
    "Baris terakhir, baris {row}, terputus di tengah, jadi berkas mungkin tidak lengkap. Tidak ada yang diterima. "
    "Simpan ulang berkas dari asalnya, lalu unggah lagi.",
    "The last row, row {row}, breaks off in the middle, so the file may not be complete. Nothing was taken. Save it "
    "anew from where it comes from and upload it again.",
)
FILE_CONTROL_SIGN: Final = ProblemType(
    "file-control-sign",
    422,
    "Berkas memuat tanda yang rusak",
    "The file holds a broken sign",
    "Baris {row} memuat tanda yang tidak ada dalam teks (NUL). Tidak ada yang diterima. Buka berkas di lembar kerja, "
    "simpan sebagai 'CSV UTF-8', periksa baris itu, lalu unggah lagi.",
    "Row {row} holds a sign that no text has (NUL). Nothing was taken. Open the file in a spreadsheet, save it as "
    "'CSV UTF-8', look at that row and upload it again.",
)
MONTH_NOT_ASSESSABLE: Final = ProblemType(
    "month-not-assessable",
    422,
    "Bulan iuran tidak dapat dihitung",
    "The contribution month cannot be assessed",
    "Tarif atau tanggal jatuh tempo bulan itu belum tercatat, atau bulannya belum tiba. Pilih bulan lain, atau minta "
    "pengelola sistem melengkapi tabel tarif dan hari libur.",
    "The tariff or the due date of that month is not on record, or the month is yet to come. Choose another month, or "
    "ask the system's keepers to complete the tables of tariffs and holidays.",
)
AS_OF_IN_FUTURE: Final = ProblemType(
    "as-of-in-future",
    422,
    "Tanggal belum tiba",
    "The day is yet to come",
    "Umur piutang dihitung sampai hari ini atau hari sebelumnya. Kirim lagi dengan tanggal itu.",
    "Receivables are aged until today or an earlier day. Send it again with such a day.",
)
PROBLEMS: Final = (
    FILE_EMPTY, FILE_COLUMNS, FILE_UNREADABLE, FILE_TOO_LONG, FILE_QUOTE, FILE_CELL_TOO_LONG, FILE_CUT_OFF,
    FILE_CONTROL_SIGN, MONTH_NOT_ASSESSABLE, AS_OF_IN_FUTURE,
)  # fmt: skip


def sheet_problem(error: SheetRefusedError) -> ProblemError:
    """The problem of a file that was refused as a whole: its code says the reason."""
    problem = next(problem for problem in PROBLEMS if problem.code == f"file-{error.reason}")
    facts: dict[str, int | str] = {"columns": ", ".join(error.columns), "max_rows": MAX_ROWS, "row": error.row or 0}
    return ProblemError(problem, headers=None, errors=None, **{place: facts[place] for place in problem.places})
