"""What a decree (SK) promises, and the hash that its second person approves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.access.errors import RefusedError
from shared.periods import Month


@dataclass(frozen=True, slots=True)
class DecreeTerms:
    """A decree without its list of workers."""

    number: str
    funding_line_id: UUID
    first_month: Month
    last_month: Month
    region_codes: tuple[str, ...]
    max_workers: int | None
    income_band: int


def content_sha256(terms: DecreeTerms, workers: int, workers_sha256: str) -> str:
    """The hash of everything that the decree says: its terms, how many workers, and the hash of their list.

    Any change of any of them gives another hash, so an approval of a hash approves exactly one content.
    """
    content = {
        "number": terms.number,
        "funding_line_id": str(terms.funding_line_id),
        "first_month": str(terms.first_month),
        "last_month": str(terms.last_month),
        "region_codes": sorted(terms.region_codes),
        "max_workers": terms.max_workers,
        "income_band": terms.income_band,
        "workers": workers,
        "workers_sha256": workers_sha256,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_period(first: Month, last: Month, line_first: Month, line_last: Month) -> None:
    """Raise RefusedError unless the decree's months lie in order and within the funding line's."""
    if last < first:
        raise RefusedError("period-backwards")
    if first < line_first or last > line_last:
        raise RefusedError("period-outside-line", first_month=str(line_first), last_month=str(line_last))


def check_regions(region_codes: Sequence[str], line_region: str) -> None:
    """Raise RefusedError unless every region lies inside the funding line's: its money pays for its own people."""
    if not all(code.startswith(line_region) for code in region_codes):
        raise RefusedError("region-outside-line", region_code=line_region)


def worker_limit(max_workers: int | None, quota: int | None, promised: int) -> int | None:
    """How many workers may be selected: the decree's own limit and what is left of the line's quota; None: no limit."""
    limits = [max_workers] if max_workers is not None else []
    if quota is not None:
        limits.append(max(0, quota - promised))
    return min(limits, default=None)
