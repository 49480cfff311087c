"""What the API refuses beyond what every service does."""

from __future__ import annotations

from shared.http import ProblemType

MESSAGE_UNKNOWN = ProblemType(
    code="message-unknown",
    status=404,
    title="Pesan tidak ditemukan",
    title_en="There is no such message",
    detail="Tidak ada pesan dengan nomor ini di wilayah Anda. Periksa nomornya.",
    detail_en="No message of your area has this number. Check the number.",
)
PROBLEMS = [MESSAGE_UNKNOWN]
