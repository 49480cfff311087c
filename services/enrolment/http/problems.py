"""The refusals of enrolment's own commands."""

from __future__ import annotations

from shared.http import ProblemType

ROSTER_NOT_READY = ProblemType(
    code="roster-not-ready",
    status=409,
    title="Daftar belum dapat diterima",
    title_en="The roster cannot be accepted",
    detail="Daftar ini berstatus {state}; hanya daftar yang sudah selesai dibaca (read) dapat diterima, satu kali.",
    detail_en="This roster is {state}; only one that has been read can be accepted, once.",
)
FILE_REFUSED = ProblemType(
    code="file-refused",
    status=422,
    title="Berkas tidak dapat dipakai",
    title_en="The file cannot be used",
    detail="Berkas ditolak ({reason}): {advice_id} Yang dibaca ialah CSV UTF-8 dengan satu kolom nik.",
    detail_en="The file is refused ({reason}): {advice_en} What is read is CSV in UTF-8 with one column nik.",
)
ENTRY_REFUSED = ProblemType(
    code="registration-refused",
    status=422,
    title="Pendaftaran tidak dapat diterima",
    title_en="The registration cannot be taken",
    detail="Data ditolak ({reason}): {advice_id}",
    detail_en="The entry is refused ({reason}): {advice_en}",
)
PERSON_KNOWN = ProblemType(
    code="worker-known",
    status=409,
    title="Orang ini sudah terdaftar",
    title_en="This person is registered already",
    detail="NIK ini sudah terdaftar. Cari pekerjanya di daftar pekerja; pendaftaran kedua tidak diperlukan.",
    detail_en="This NIK is registered. Look for the worker in the list of workers; a second entry is not needed.",
)
PROBLEMS = (ROSTER_NOT_READY, FILE_REFUSED, ENTRY_REFUSED, PERSON_KNOWN)
