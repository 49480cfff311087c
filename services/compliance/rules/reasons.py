"""Why a row of a file was refused, or taken with a remark: a stable code, and what the sender does next.

Officials read the Indonesian sentence in the row-by-row result. No sentence repeats what stands in the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shared.identity.nik import NikRefusal
from shared.identity.phone import PhoneRefusal

_OWN: Final = {
    "row-cells": (
        "Jumlah kolom baris ini tidak sama dengan judul; periksa pemisah yang berlebih, lalu unggah lagi.",
        "This row has another number of cells than the header; look for a stray separator and upload again.",
    ),
    "cell-too-long": (
        "Ada sel yang terlalu panjang untuk data satu baris; periksa tanda kutip dan pemisah, lalu unggah lagi.",
        "A cell is too long for the data of one row; look at its quotation marks and separators and upload again.",
    ),
    "cell-line-break": (
        "Ada sel yang berisi pergantian baris; tulis isinya dalam satu baris, lalu unggah lagi.",
        "A cell has a line break in it; write it on one line and upload again.",
    ),
    "cell-formula": (
        "Ada sel yang diawali =, +, - atau @ seperti rumus; tulis nilainya saja, lalu unggah lagi.",
        "A cell begins like a formula (=, +, - or @); write the plain value and upload again.",
    ),
    "npp-invalid": (
        "NPP kosong atau tidak sah; salin dari sertifikat kepesertaan (huruf, angka, titik, garis; bukan NIK).",
        "The NPP is empty or not valid; copy it from the certificate of participation (never a NIK).",
    ),
    "npp-twice": (
        "NPP ini sudah ada di baris sebelumnya; sisakan satu baris untuk setiap pemberi kerja.",
        "This NPP stands in an earlier row; keep one row for each employer.",
    ),
    "npp-unknown": (
        "NPP belum terdaftar atau di luar wilayah Anda; unggah dahulu berkas pemberi kerja, lalu berkas ini lagi.",
        "The NPP is not registered or outside your area; upload the employers' file first, then this file again.",
    ),
    "name-missing": ("Nama pemberi kerja belum diisi.", "The employer's name is missing."),
    "region-unknown": (
        "Kode kabupaten/kota tidak dikenal di Kalimantan Timur; pakai kode Kemendagri 4 angka, misalnya 6472.",
        "The regency code is not known in East Kalimantan; use Kemendagri's 4 digits, for example 6472.",
    ),
    "region-outside": (
        "Pemberi kerja ini di luar wilayah Anda; serahkan kepada petugas wilayahnya.",
        "This employer lies outside your area; hand it to the officer of that area.",
    ),
    "size-unknown": (
        "Skala usaha harus mikro, kecil, menengah, atau besar (PP 7/2021).",
        "The size must be mikro, kecil, menengah or besar (PP 7/2021).",
    ),
    "risk-unknown": (
        "Kelas risiko harus angka 1 sampai 5 (PP 44/2015 Pasal 16).",
        "The risk class must be a digit from 1 to 5 (PP 44/2015 Art. 16).",
    ),
    "business-line-invalid": (
        "KBLI harus 5 angka, atau dikosongkan bila belum diketahui.",
        "The KBLI has 5 digits, or stays empty where it is not known.",
    ),
    "programmes-invalid": (
        "Program ditulis dengan tanda +, misalnya JKK+JKM+JHT+JP; JKK dan JKM selalu wajib.",
        "Programmes are written with +, for example JKK+JKM+JHT+JP; JKK and JKM are always compulsory.",
    ),
    "worker-count-invalid": (
        "Jumlah pekerja harus bilangan bulat 0 atau lebih.",
        "The number of workers must be a whole number from 0.",
    ),
    "registered-invalid": ("Kolom terdaftar_bpjs harus ya atau tidak.", "terdaftar_bpjs must be ya or tidak."),
    "date-invalid": (
        "Tanggal tidak sah atau di masa depan; tulis TTTT-BB-HH, misalnya 2026-11-03.",
        "The date is not valid or in the future; write YYYY-MM-DD, for example 2026-11-03.",
    ),
    "month-invalid": (
        "Bulan iuran tidak sah atau belum tiba; tulis TTTT-BB, misalnya 2026-10.",
        "The contribution month is not valid or yet to come; write YYYY-MM, for example 2026-10.",
    ),
    "nik-twice": (
        "NIK ini sudah ada di baris sebelumnya untuk pemberi kerja dan bulan yang sama; sisakan satu baris.",
        "This NIK stands in an earlier row of the same employer and month; keep one row.",
    ),
    "wage-invalid": (
        "Upah harus rupiah penuh antara 1.000 dan 10.000.000.000 tanpa rumus atau desimal, misalnya 4500000.",
        "The wage must be whole rupiah from 1,000 to 10,000,000,000, for example 4500000.",
    ),
    "amount-invalid": (
        "Iuran dan denda harus rupiah penuh dari 0 sampai 9.999.999.999.999, dan tidak keduanya 0.",
        "Contribution and fine must be whole rupiah from 0 to 9,999,999,999,999, and not both 0.",
    ),
    "payment-number-invalid": (
        "Nomor pembayaran kosong atau tidak sah; salin dari bukti bayar (huruf, angka, titik, garis).",
        "The payment number is empty or not valid; copy it from the receipt.",
    ),
    "payment-number-differs": (
        "Nomor pembayaran ini sudah tercatat dengan jumlah, tanggal, atau pemberi kerja lain; periksa bukti bayar.",
        "This payment number is on record with another amount, day or employer; compare it with the receipt.",
    ),
    "email-invalid": (
        "Baris diterima, tetapi alamat surel tidak sah dan tidak disimpan; perbaiki lalu unggah lagi baris ini.",
        "The row is taken, but the e-mail address is not valid and was not kept; correct it and upload the row again.",
    ),
    "already-known": ("Sudah tercatat; tidak ada yang berubah.", "It is on record already; nothing has changed."),
    "accepted": ("Diterima.", "Accepted."),
}


# A list that differs replaces the earlier one as a whole: one row sent alone would take away all the others.
WHOLE_LIST: Final = (
    "Sesudah diperbaiki, unggah lagi seluruh daftar upah pemberi kerja itu untuk bulan itu, jangan baris ini saja.",
    "After correcting it, upload the employer's whole list of that month again, never this row alone.",
)


def _all() -> dict[str, tuple[str, str]]:
    sentences = dict(_OWN)
    sentences |= {refusal.code: (refusal.indonesian, refusal.english) for refusal in NikRefusal}
    for refusal in PhoneRefusal:
        sentences[refusal.code] = (
            f"Baris diterima tanpa telepon. {refusal.indonesian}",
            f"The row is taken without the phone. {refusal.english}",
        )
    return sentences


SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(_all())
"""Code to (Indonesian, English)."""
