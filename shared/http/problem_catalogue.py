"""The refusals that every Payung API shares, in one table; `docs/problems.md` is made from it.

A service adds its own `ProblemType`s next to its rules and hands them to `create_app(problem_types=...)`.
"""

from __future__ import annotations

from shared.access.errors import AreaCodeError
from shared.http.problems import ProblemType

BAD_REQUEST = ProblemType(
    "bad-request",
    400,
    "Permintaan tidak dapat dibaca",
    "The request cannot be read",
    "Isi permintaan tidak dapat dibaca. Periksa bentuknya (JSON yang sah, UTF-8) dan header Content-Type, lalu kirim "
    "lagi.",
    "The body cannot be read. Check its form (valid JSON, UTF-8) and the Content-Type header, then send it again.",
)
VALIDATION = ProblemType(
    "validation",
    422,
    "Ada isian yang belum benar",
    "Some fields are not right yet",
    "Perbaiki isian yang disebut dalam 'errors', lalu kirim lagi.",
    "Correct the fields named in 'errors', then send the request again.",
)
SIGN_IN_REQUIRED = ProblemType(
    "sign-in-required",
    401,
    "Anda belum masuk",
    "You are not signed in",
    "Masuk dahulu, lalu kirim lagi dengan header 'Authorization: Bearer <token>'.",
    "Sign in first, then send the request again with the header 'Authorization: Bearer <token>'.",
)
TOKEN_REFUSED = ProblemType(
    "token-refused",
    401,
    "Token tidak berlaku",
    "The token is not valid",
    "Token ditolak: kedaluwarsa, bukan untuk layanan ini, atau tanda tangannya tidak dikenal. Masuk lagi untuk "
    "mendapat token baru.",
    "The token is refused: expired, not meant for this service, or its signature is not known. Sign in again to get "
    "a new one.",
)
ROLE_REQUIRED = ProblemType(
    "role-required",
    403,
    "Peran Anda tidak mencakup tindakan ini",
    "Your role does not cover this action",
    "Tindakan ini memerlukan salah satu peran: {roles}. Minta pengelola akun memberi peran itu, atau minta rekan yang "
    "memilikinya.",
    "This action needs one of the roles: {roles}. Ask the account manager for it, or a colleague who holds it.",
)
AREA_NOT_ALLOWED = ProblemType(
    "area-not-allowed",
    403,
    "Di luar wilayah Anda",
    "Outside your area",
    "Data ini berada di luar wilayah tugas Anda. Hubungi petugas wilayah yang bersangkutan, atau minta pengelola akun "
    "menambah wilayah Anda.",
    "This is outside the area you work for. Contact the officer of that area, or ask the account manager to extend "
    "your area.",
)
AREA_CODE_INVALID = ProblemType(
    AreaCodeError.code,
    422,
    "Kode wilayah tidak sah",
    "The area code is not valid",
    AreaCodeError.indonesian,
    AreaCodeError.english,
)
SAME_PERSON = ProblemType(
    "same-person",
    403,
    "Pembuat tidak boleh menyetujui",
    "The maker may not approve",
    "Anda sendiri yang membuat ini, jadi orang lain yang harus memeriksanya. Minta rekan yang berwenang.",
    "You made this yourself, so somebody else has to check it. Ask a colleague who may.",
)
NOT_FOUND = ProblemType(
    "not-found",
    404,
    "Tidak ditemukan",
    "Not found",
    "Yang dicari tidak ada, atau tidak termasuk wilayah Anda. Periksa alamat dan nomornya.",
    "It does not exist, or it is not in your area. Check the address and the identifier.",
)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "Metode tidak tersedia",
    "The method is not available",
    "Alamat ini tidak menerima metode itu. Pakai salah satu dari header 'Allow'.",
    "This address does not take that method. Use one of those in the header 'Allow'.",
)
NOT_ACCEPTED = ProblemType(
    "not-accepted",
    400,
    "Permintaan tidak diterima",
    "The request is not accepted",
    "Permintaan tidak dapat diproses dalam bentuk ini. Bandingkan dengan halaman /docs, lalu kirim lagi.",
    "The request cannot be processed in this form. Compare it with the page /docs, then send it again.",
)
BODY_TOO_SLOW = ProblemType(
    "body-too-slow",
    408,
    "Pengiriman terhenti",
    "The transfer has stalled",
    "Isi permintaan tidak kunjung tiba selama {timeout_s} detik. Periksa sambungan, lalu kirim lagi dengan "
    "Idempotency-Key yang sama.",
    "No more of the body arrived for {timeout_s} seconds. Check the connection, then send it again with the same "
    "Idempotency-Key.",
)
BODY_TOO_LARGE = ProblemType(
    "body-too-large",
    413,
    "Isi permintaan terlalu besar",
    "The body is too large",
    "Paling besar {limit_bytes} bita. Bagi menjadi beberapa kiriman, masing-masing dengan Idempotency-Key sendiri.",
    "At most {limit_bytes} bytes. Split it into several requests, each with its own Idempotency-Key.",
)
IDEMPOTENCY_KEY_MISSING = ProblemType(
    "idempotency-key-missing",
    400,
    "Header Idempotency-Key belum ada",
    "The header Idempotency-Key is missing",
    "Kirim header Idempotency-Key berisi UUID baru untuk setiap perintah; pakai UUID yang sama hanya untuk mengulang "
    "perintah yang sama.",
    "Send the header Idempotency-Key with a new UUID for each command; use the same one only to repeat that command.",
)
IDEMPOTENCY_KEY_INVALID = ProblemType(
    "idempotency-key-invalid",
    400,
    "Idempotency-Key tidak sah",
    "The Idempotency-Key is not valid",
    "Idempotency-Key harus satu nilai sepanjang 16 sampai 200 karakter ASCII tanpa spasi. UUID adalah pilihan terbaik.",
    "The Idempotency-Key has to be one value of 16 to 200 ASCII characters without spaces. A UUID serves best.",
)
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    409,
    "Idempotency-Key sudah dipakai untuk perintah lain",
    "The Idempotency-Key belongs to another command",
    "Idempotency-Key ini sudah dipakai dengan isi yang berbeda, jadi tidak ada yang dijalankan. Untuk perintah baru, "
    "pakai UUID baru.",
    "This Idempotency-Key was used with another body, so nothing was done. For a new command use a new UUID.",
)
COMMAND_IN_PROGRESS = ProblemType(
    "command-in-progress",
    409,
    "Perintah yang sama masih berjalan",
    "The same command is still running",
    "Perintah dengan Idempotency-Key ini masih dikerjakan. Tunggu, lalu kirim lagi dengan Idempotency-Key yang sama "
    "untuk mendapat jawabannya.",
    "The command with this Idempotency-Key is still being worked on. Wait, then send it again with the same "
    "Idempotency-Key to get its answer.",
    retry_after_s=5,
)
CURSOR_INVALID = ProblemType(
    "cursor-invalid",
    400,
    "Penanda halaman tidak berlaku",
    "The page cursor is not valid",
    "Penanda halaman rusak atau berasal dari pencarian lain. Mulai lagi dari halaman pertama, tanpa 'cursor'.",
    "The cursor is damaged or comes from another search. Start again at the first page, without 'cursor'.",
)
TOO_MANY_REQUESTS = ProblemType(
    "too-many-requests",
    429,
    "Terlalu banyak permintaan",
    "Too many requests",
    "Batasnya {limit} permintaan per {window_s} detik. Tunggu {wait_s} detik, lalu lanjutkan.",
    "The limit is {limit} requests in {window_s} seconds. Wait {wait_s} seconds, then go on.",
)
INTERNAL = ProblemType(
    "internal",
    500,
    "Kesalahan di pihak kami",
    "A fault on our side",
    "Terjadi kesalahan di pihak kami dan sudah tercatat. Kirim lagi dengan Idempotency-Key yang sama; bila berulang, "
    "hubungi petugas sistem dan sebutkan nomor dalam 'instance'.",
    "Something went wrong on our side and has been recorded. Send it again with the same Idempotency-Key; if it "
    "happens again, tell operations the number in 'instance'.",
)
UNAVAILABLE = ProblemType(
    "temporarily-unavailable",
    503,
    "Layanan sedang tidak siap",
    "The service is not ready for the moment",
    "Sistem sementara tidak dapat melayani. Tunggu sebentar, lalu kirim lagi dengan Idempotency-Key yang sama: "
    "perintah tidak akan dijalankan dua kali.",
    "The system cannot serve for the moment. Wait a little, then send it again with the same Idempotency-Key: the "
    "command will not take effect twice.",
    retry_after_s=5,
)
READ_ONLY = ProblemType(
    "database-read-only",
    503,
    "Sementara ini data hanya dapat dibaca",
    "For the moment data can only be read",
    "Tidak ada yang tersimpan dari perintah ini; melihat data tetap bisa. Tunggu sebentar, lalu kirim lagi dengan "
    "Idempotency-Key yang sama. Bila lebih dari beberapa menit, beri tahu petugas sistem.",
    "Nothing of this command was saved; looking things up still works. Wait a little, then send it again with the "
    "same Idempotency-Key. If it takes more than a few minutes, tell operations.",
    retry_after_s=5,
)
SIGN_IN_UNAVAILABLE = ProblemType(
    "sign-in-unavailable",
    503,
    "Layanan masuk tidak dapat dihubungi",
    "The sign-in service cannot be reached",
    "Token belum dapat diperiksa karena layanan masuk tidak menjawab. Tunggu sebentar, lalu kirim lagi.",
    "The token cannot be checked because the sign-in service does not answer. Wait a little, then send it again.",
    retry_after_s=10,
)

STANDARD_PROBLEMS: tuple[ProblemType, ...] = (
    BAD_REQUEST,
    NOT_ACCEPTED,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_INVALID,
    CURSOR_INVALID,
    SIGN_IN_REQUIRED,
    TOKEN_REFUSED,
    ROLE_REQUIRED,
    AREA_NOT_ALLOWED,
    SAME_PERSON,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    BODY_TOO_SLOW,
    IDEMPOTENCY_KEY_REUSED,
    COMMAND_IN_PROGRESS,
    BODY_TOO_LARGE,
    VALIDATION,
    AREA_CODE_INVALID,
    TOO_MANY_REQUESTS,
    INTERNAL,
    UNAVAILABLE,
    READ_ONLY,
    SIGN_IN_UNAVAILABLE,
)
