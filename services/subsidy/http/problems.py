"""The refusals of subsidy as problems: what is wrong, and what to do next, Indonesian first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Response

from services.subsidy.rules import NotVisibleError, RefusedError
from shared.http import Command, ProblemError, ProblemType
from shared.http.problem_catalogue import NOT_FOUND
from shared.messaging.outbox import UnitOfWork

PROBLEMS: Final = (
    ProblemType(
        "reference-taken",
        409,
        "Nomor rujukan sudah dipakai",
        "The reference is taken",
        "Sudah ada pagu dengan rujukan ini. Cari dengan GET /v1/funding-lines?reference=..., atau pakai rujukan lain.",
        "There is a funding line of this reference. Find it with GET /v1/funding-lines?reference=..., or use another.",
    ),
    ProblemType(
        "not-waiting-for-approval",
        409,
        "Tidak sedang menunggu persetujuan",
        "It is not waiting for approval",
        "Ini sudah disetujui. Muat ulang untuk melihat keadaannya; tidak ada lagi yang perlu dilakukan.",
        "It is approved already. Load it again to see its state; nothing more is to be done.",
    ),
    ProblemType(
        "line-not-open",
        409,
        "Pagu belum dibuka",
        "The funding line is not open",
        "Minta orang lain menyetujui pagu ini dahulu, lalu kirim lagi.",
        "Let another person approve the funding line first, then send it again.",
    ),
    ProblemType(
        "budget-below-use",
        409,
        "Anggaran baru lebih kecil daripada yang sudah terpakai",
        "The new budget is less than is used already",
        "Sudah terpakai JKK {jkk_rupiah} dan JKM {jkm_rupiah} rupiah. Ajukan paling sedikit sejumlah itu.",
        "JKK {jkk_rupiah} and JKM {jkm_rupiah} rupiah are used already. Ask for an amendment of at least that much.",
    ),
    ProblemType(
        "period-backwards",
        422,
        "Bulan akhir mendahului bulan awal",
        "The last month lies before the first",
        "Tukar atau perbaiki first_month dan last_month.",
        "Exchange or correct first_month and last_month.",
    ),
    ProblemType(
        "period-outside-line",
        422,
        "Bulan di luar masa pagu",
        "The months lie outside the funding line's",
        "Pagu ini berlaku {first_month} sampai {last_month}. Pilih bulan di dalamnya.",
        "This funding line covers {first_month} to {last_month}. Choose months within.",
    ),
    ProblemType(
        "month-outside-line",
        422,
        "Bulan di luar masa pagu",
        "The month lies outside the funding line's",
        "Pagu ini berlaku {first_month} sampai {last_month}. Pilih bulan di dalamnya, atau pagu lain.",
        "This funding line covers {first_month} to {last_month}. Choose a month within, or another line.",
    ),
    ProblemType(
        "region-outside-line",
        422,
        "Wilayah di luar wilayah pagu",
        "A region lies outside the funding line's",
        "Pagu ini untuk wilayah {region_code}. Sebutkan hanya wilayah di dalamnya.",
        "This funding line is for region {region_code}. Name only regions within it.",
    ),
    ProblemType(
        "nobody-to-grant",
        409,
        "Tidak ada pekerja yang dapat ditetapkan",
        "There is nobody to grant",
        "Ada {eligible} pekerja terverifikasi yang belum dijanjikan bulan-bulan ini, dan kuota atau batasnya "
        "habis. Verifikasi pekerja dahulu, perbesar kuota, atau pakai include_already_granted.",
        "There are {eligible} verified workers without a promise for these months, and the quota or limit leaves none. "
        "Verify workers first, raise the quota, or use include_already_granted.",
    ),
    ProblemType(
        "decree-number-taken",
        409,
        "Nomor SK sudah dipakai",
        "The decree number is taken",
        "Penerbit ini sudah punya SK dengan nomor itu pada tahun yang sama. Periksa nomornya.",
        "This issuer has a decree of that number in the same year. Check the number.",
    ),
    ProblemType(
        "other-content",
        409,
        "Isi SK bukan yang disetujui",
        "The content is not the one approved",
        "content_sha256 tidak sama dengan isi SK yang tersimpan. Buka lagi SK, periksa daftarnya, dan setujui isi itu.",
        "content_sha256 is not that of the stored decree. Open the decree again, check its list, and approve that one.",
    ),
    ProblemType(
        "month-run-known",
        409,
        "Bulan ini sudah diproses",
        "This month has a run",
        "Pagu dan bulan ini sudah punya proses {month_run_id}. Lanjutkan dengan yang itu.",
        "This line and month have the run {month_run_id}. Go on with that one.",
    ),
    ProblemType(
        "tariff-unknown",
        409,
        "Tarif bulan ini belum tercatat",
        "The month has no tariff on record",
        "Minta petugas sistem menambah baris tarif dengan dasar hukumnya, lalu kirim lagi.",
        "Let operations add the tariff row with its legal source, then send it again.",
    ),
    ProblemType(
        "run-still-assessing",
        409,
        "Proses bulan masih berjalan",
        "The run is still assessing",
        "Tunggu sampai semua pekerja dinilai (assessing = false), lalu kirim lagi.",
        "Wait until all workers are assessed (assessing = false), then send it again.",
        retry_after_s=2,
    ),
    ProblemType(
        "nothing-to-bill",
        409,
        "Tidak ada yang perlu ditagihkan",
        "There is nothing to bill",
        "Semua iuran bulan ini sudah ada dalam tagihan, atau belum ada yang terutang. Lihat GET /v1/month-runs/<id>.",
        "Every contribution of the run stands on a bill, or none is due yet. See GET /v1/month-runs/<id>.",
    ),
    ProblemType(
        "bill-not-payable",
        409,
        "Tagihan belum dapat dibayar",
        "The bill cannot be paid",
        "Keadaan tagihan ini: {state}. SPP hanya untuk tagihan yang cocok (billed) dan belum punya SPP.",
        "The bill's state is {state}. An SPP is for a bill that matches (billed) and has none yet.",
    ),
    ProblemType(
        "other-step-first",
        409,
        "Bukan giliran langkah ini",
        "It is another step's turn",
        "Keadaan pencairan ini: {state}. Urutannya SPP, SPM, SP2D; setiap langkah sekali.",
        "The disbursement's state is {state}. The order is SPP, SPM, SP2D, each once.",
    ),
    ProblemType(
        "document-number-taken",
        409,
        "Nomor dokumen sudah dipakai",
        "The document number is taken",
        "Nomor {kind} itu sudah dipakai pencairan lain pada tahun yang sama. Periksa nomornya.",
        "Another disbursement of the same year has that {kind} number. Check the number.",
    ),
    ProblemType(
        "date-in-future",
        422,
        "Tanggal di masa depan",
        "The date lies in the future",
        "Catat SP2D pada atau sesudah tanggal terbitnya.",
        "Record the SP2D on or after its date.",
    ),
    ProblemType(
        "date-before-approval",
        422,
        "Tanggal mendahului persetujuan",
        "The date lies before the approval",
        "SPM disetujui pada {approved_on}. Periksa tanggal SP2D; tanggalnya tidak mungkin lebih awal.",
        "The SPM was approved on {approved_on}. Check the date of the SP2D; it cannot be earlier.",
    ),
    ProblemType(
        "month-in-future",
        422,
        "Bulan masih terlalu jauh",
        "The month lies too far ahead",
        "Paling jauh bulan {latest} dapat diproses sekarang. Tunggu sampai waktunya, lalu kirim lagi.",
        "The latest month that can be run now is {latest}. Wait until its time has come, then send it again.",
    ),
    ProblemType(
        "case-closed",
        409,
        "Kasus sudah ditutup",
        "The case is closed",
        "Kasus ini sudah ditutup. Tidak ada lagi yang perlu dilakukan.",
        "The case is closed already. Nothing more is to be done.",
    ),
)
_BY_CODE: Final = {problem.code: problem for problem in PROBLEMS}


async def answer(order: Command[UnitOfWork], work: Callable[[UnitOfWork], Awaitable[object]]) -> Response:
    """Run a command; what the rules refuse becomes a problem."""
    try:
        return await order.run(work)
    except RefusedError as refused:
        raise ProblemError(_BY_CODE[refused.code], headers=None, errors=None, **refused.facts) from None
    except NotVisibleError:
        raise ProblemError(NOT_FOUND) from None
