"""The tables of enrolment."""

from services.enrolment.tables.cover import (
    CoverLine,
    CoverUnfunded,
    Employment,
    ExchangeFile,
    GroupList,
    GroupMember,
    LapseNotice,
    MemberGroup,
    SubsidyGrant,
)
from services.enrolment.tables.people import (
    CheckList,
    CheckToken,
    Decision,
    Enrolment,
    Person,
    ReviewCase,
    Worker,
    WorkerHistory,
)
from services.enrolment.tables.rosters import Roster, RosterBlock, RosterChunk, RosterRow

__all__ = [
    "CheckList",
    "CheckToken",
    "CoverLine",
    "CoverUnfunded",
    "Decision",
    "Employment",
    "Enrolment",
    "ExchangeFile",
    "GroupList",
    "GroupMember",
    "LapseNotice",
    "MemberGroup",
    "Person",
    "ReviewCase",
    "Roster",
    "RosterBlock",
    "RosterChunk",
    "RosterRow",
    "SubsidyGrant",
    "Worker",
    "WorkerHistory",
]
