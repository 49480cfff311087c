"""What handlers ask of the keys: contacts sealed, NIKs turned into tokens. ``adapters/sealing.py`` has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.compliance.rules.rows import EmployerRow
from services.compliance.tables import EmployerContact as StoredContact
from shared.contracts.events.employer_contact import EmployerContact


class Sealing(Protocol):
    """The keys of compliance in use."""

    def nik_tokens(self, niks: Sequence[str]) -> list[bytes]:
        """The tokens under which workers are known, in order."""
        ...

    def contact_tokens(self, row: EmployerRow) -> list[bytes]:
        """The tokens that the row's contact may be stored under, the current key's first."""
        ...

    def stored(self, contacts: Sequence[tuple[UUID, EmployerRow]], moment: datetime) -> list[StoredContact]:
        """Contacts sealed for the table, each under a fresh key of its own; stored at ``moment``."""
        ...

    def events(
        self, contacts: Sequence[tuple[UUID, EmployerRow]], versions: Mapping[UUID, int]
    ) -> list[EmployerContact]:
        """Contacts sealed for the restricted topic; ``versions`` of the employers, by id."""
        ...
