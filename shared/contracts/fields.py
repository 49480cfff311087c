"""Fields that many events share, described once: the same words in every schema and on every page.

A field that only one event has is described in that event's file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.values import (
    AmountsByProgramme,
    CleanText,
    Code,
    ContributionMonth,
    Count,
    LanguageCode,
    Months,
    OccupationCode,
    PayerKind,
    Programme,
    Programmes,
    RegencyCode,
    RegionCode,
    about,
)
from shared.ids import EmployerId, WorkerId
from shared.money import NonNegativeRupiah

PROGRAMMES: Final[Mapping[str, str]] = {
    "JKK": "work accident",
    "JKM": "death",
    "JHT": "old age",
    "JP": "pension",
    "JKP": "loss of job",
}
PARTICIPANT_KINDS: Final[Mapping[str, str]] = {
    "bpu": "own-account or informal worker (Bukan Penerima Upah)",
    "dprd": "elected member of a regional parliament",
}
FUNDING_SOURCES: Final[Mapping[str, str]] = {
    "apbd-province": "budget of the province",
    "apbd-regency": "budget of a regency or city",
    "dbh-sawit": "palm-oil revenue share",
    "village": "village funds",
    "csr": "a company for workers near it (SERTAKAN)",
}
BREACHES: Final[Mapping[str, str]] = {
    "pwbd": "PWBD: obliged to register and has not",
    "pds-tk": "PDS-TK: registers only part of its workers",
    "pds-upah": "PDS-Upah: reports wages that are too low",
    "pds-program": "PDS-Program: in fewer programmes than its size requires",
    "penunggak": "Penunggak: registered, contributions unpaid",
}
_KEMENDAGRI = "Kemendagri region codes"

WorkerRef = Annotated[WorkerId, about("Pseudonymous identifier of the worker.")]
HomeRegency = Annotated[
    RegencyCode,
    about(
        "Regency or city of the present address, not the one in the identity number, which keeps the place of first "
        "registration.",
        source=_KEMENDAGRI,
    ),
]
Occupation = Annotated[OccupationCode, about("Occupation after the programme's list.")]
ParticipantKind = Annotated[Code, about("Which kind of participant the person is.", known=PARTICIPANT_KINDS)]

EmployerRef = Annotated[EmployerId, about("Pseudonymous identifier of the employer.")]
BusinessRegency = Annotated[RegencyCode, about("Regency or city where the employer does business.", source=_KEMENDAGRI)]
CaseRef = Annotated[UUID, about("The compliance case, from suspicion to its end.")]
Breach = Annotated[
    Code,
    about(
        "What the employer is said to have done.",
        known=BREACHES,
        source="names used by BPJS Ketenagakerjaan; duties after PP 86/2013 and Perpres 109/2013",
    ),
]

FundingLineRef = Annotated[UUID, about("The funding line that pays.")]
FundingSource = Annotated[Code, about("Where the money comes from.", known=FUNDING_SOURCES)]
FundedRegion = Annotated[
    RegionCode, about("Province (2 digits) or regency or city (4) whose money it is.", source=_KEMENDAGRI)
]
Office = Annotated[
    CleanText,
    about("Office (SKPD) in charge in this budget year, its official short name. Moves between years, so never fixed."),
]
BudgetYear = Annotated[int, Field(ge=2000, le=2099), about("Budget year (1 January to 31 December).")]
BudgetAccounts = Annotated[
    dict[Programme, CleanText],
    Field(min_length=1, max_length=12),
    about("Budget account (kode rekening) per programme.", source="Permendagri 77/2020"),
]

CoveredProgrammes = Annotated[Programmes, about("Insurance programmes, by their legal short names.", known=PROGRAMMES)]
ProgrammeAmounts = Annotated[
    AmountsByProgramme,
    about("The amount split by programme; adds up to amount_rupiah.", unit="rupiah", known=PROGRAMMES),
]
Amount = Annotated[NonNegativeRupiah, about("The whole amount.", unit="rupiah")]
CoveredMonth = Annotated[ContributionMonth, about("The contribution month.")]

Payer = Annotated[
    PayerKind,
    about(
        "Who owes the contribution: subsidy (a region pays for an informal worker), self (the worker pays), employer "
        "(an employer pays for its workers)."
    ),
]
PayingSubject = Annotated[
    UUID, about("Whose contribution it is: the worker's identifier for subsidy and self, else the employer's.")
]
ContributionRef = Annotated[UUID, about("The contribution: one subject, one month, one payer.")]
SubjectRegency = Annotated[RegencyCode, about("Regency or city of the worker or the employer.", source=_KEMENDAGRI)]
SubjectOccupation = Annotated[
    OccupationCode | None, about("The worker's occupation after the programme's list; null for an employer.")
]
WorkerCount = Annotated[Count, about("How many workers it covers; 1 for subsidy and self.", unit="workers")]

DisbursementRef = Annotated[UUID, about("The disbursement: one bill of one funding line on its way to being paid.")]
BillRef = Annotated[UUID, about("The bill from BPJS Ketenagakerjaan that is paid.")]
FirstMonth = Annotated[ContributionMonth, about("First contribution month of the period.")]
LastMonth = Annotated[ContributionMonth, about("Last contribution month of the period, included.")]

MessageRef = Annotated[UUID, about("The message: one recipient, one purpose, one period.")]
RecipientKind = Annotated[
    Code,
    about(
        "Who is told.",
        known={
            "worker": "a worker",
            "heir": "heirs of a worker",
            "employer": "an employer",
            "officer": "an officer",
            "agency": "another agency",
        },
    ),
]
Recipient = Annotated[
    UUID, about("Pseudonymous identifier of the recipient; for heirs, of the worker whose heirs they are.")
]
Purpose = Annotated[
    Code,
    about(
        "What the message is for.",
        known={
            "registered": "registration received",
            "rejected": "registration rejected and why",
            "covered": "cover has begun",
            "paid": "a month is paid",
            "lapsing": "cover is about to lapse",
            "lapsed": "cover has lapsed",
            "death-benefit": "what heirs may claim and until when",
            "employer-late": "an employer's contribution is late",
        },
    ),
]
Period = Annotated[ContributionMonth | None, about("The month that the message is about; null if about none.")]
Channel = Annotated[
    Code,
    about(
        "The way it went.",
        known={
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "email": "e-mail",
            "webhook": "HTTP call to an agency",
            "mailbox": "local mailbox of a laptop run",
        },
    ),
]
MessageLanguage = Annotated[LanguageCode, about("Language of the text, ISO 639-1: id or en.")]

KeyReference = Annotated[CleanText, about("Which key of the privacy vault opens it. Not the key itself.")]
SealAlgorithm = Annotated[
    CleanText,
    about(
        "How it was encrypted.",
        known={
            "payung-vault-1": "wrapped data key of 61 bytes, then the sealed contact; shared/privacy/contact.py",
            "AES-256-GCM": "nonce of 12 bytes, ciphertext, tag of 16 bytes, in this order; not in use",
        },
    ),
]
SealedContact = Annotated[
    str,
    Field(min_length=4, max_length=8192, pattern=r"^[A-Za-z0-9+/]+={0,2}$"),
    about("The encrypted contact data, base64.", unit="base64"),
]
ContentVersion = Annotated[int, Field(ge=1, le=1000), about("Version of the layout inside the ciphertext.")]

DecisionRef = Annotated[UUID, about("The decision receipt: rules, inputs and who decided.")]
DecisionKind = Annotated[
    Literal["manual", "automatic"],
    about("Whether a person or a rule decided. A manual decision outranks every automatic one."),
]
UnpaidMonths = Annotated[
    Months,
    about("Consecutive unpaid contribution months, oldest first.", source="PP 44/2015; cover ends after three"),
]
LastPaidMonth = Annotated[ContributionMonth | None, about("Last paid month; null if none was ever paid.")]
GrantRef = Annotated[UUID, about("The grant: one worker under one decree.")]
DecreeRef = Annotated[UUID, about("The decree (SK) that names the worker.")]
IsRegisteredAtBpjs = Annotated[bool, about("Whether BPJS Ketenagakerjaan knows the employer.")]
BusinessLine = Annotated[
    str | None, Field(pattern=r"^[0-9]{5}$"), about("Line of business, 5-digit KBLI code; null if unknown.")
]
YearBudget = Annotated[NonNegativeRupiah, about("The whole budget of the line for the year.", unit="rupiah")]
