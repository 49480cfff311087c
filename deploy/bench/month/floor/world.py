"""What the processes of the floor agree on: topics, folder, the few identifiers of its month."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from shared.periods import Month

CHUNK_ROWS: Final = 25_000
READ_RECORDS: Final = 5_000
PARTITIONS: Final = 12
JKK_RUPIAH, JKM_RUPIAH = 10_000, 6_800
POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class FloorMonth:
    """The month, how many workers it is for, the run's funding line (which exists), and where its files lie."""

    month: Month
    workers: int
    line_id: UUID
    folder: Path

    @property
    def due_topic(self) -> str:
        """Where assessed months go."""
        return f"floor-{self.month}.due"

    @property
    def paid_topic(self) -> str:
        """Where paid months go."""
        return f"floor-{self.month}.paid"

    @property
    def kode_iuran(self) -> str:
        """The bill's code."""
        return f"floor-{self.month}"

    def identifier(self, what: str) -> UUID:
        """A fixed identifier of something there is one of, such as the bill."""
        return UUID(bytes=hashlib.sha256(f"floor {self.month} {what}".encode()).digest()[:16], version=4)

    def file(self, name: str) -> Path:
        """A file between the money and the branch."""
        return self.folder / name

    async def until_there(self, name: str, stop: asyncio.Event) -> bool:
        """Wait for a file; False when ``stop`` was set before."""
        while not self.file(name).exists():
            if stop.is_set():
                return False
            await asyncio.sleep(POLL_S)
        return True

    def to_orders(self) -> dict[str, str]:
        """For the processes' standard input."""
        return {
            "month": str(self.month),
            "workers": str(self.workers),
            "line_id": str(self.line_id),
            "folder": str(self.folder),
        }

    @classmethod
    def from_orders(cls, orders: Mapping[str, str]) -> FloorMonth:
        """The reverse of `to_orders`."""
        return cls(
            Month.parse(orders["month"]), int(orders["workers"]), UUID(orders["line_id"]), Path(orders["folder"])
        )


def write_whole(path: Path, content: str) -> None:
    """Write a file so that it is there completely or not at all."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
