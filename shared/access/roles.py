"""What people and programs may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do. The values stand in tokens; they are never renamed."""

    ENUMERATOR = "enumerator"  # village officers: register people, repair rows
    VERIFIER = "verifier"  # regency officers: verify, adjudicate duplicates
    PROGRAMME_OWNER = "programme-owner"  # Disnakertrans, Biro Kesra, Dinas Sosial
    APPROVER = "approver"
    TREASURER = "treasurer"  # bendahara: SPP, SPM, SP2D, reconciliation
    BPJS_BRANCH = "bpjs-branch"
    INSPECTOR = "inspector"  # pengawas ketenagakerjaan
    COMPLIANCE_OFFICER = "compliance-officer"
    EMPLOYER = "employer"
    AGENCY = "agency"  # other agencies' programs
    OPERATOR = "operator"
    AUDITOR = "auditor"  # Inspektorat, BPK
