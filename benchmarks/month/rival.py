"""What the processes of another way agree on: topics, folder, the few identifiers of their month."""

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
PARTITIONS: Final = 12
JKK_RUPIAH, JKM_RUPIAH = 10_000, 6_800
POLL_S: Final = 0.02
GO: Final = "go"
"""The file that lets the money begin."""


@dataclass(frozen=True, slots=True)
class RivalMonth:
    """The month of ``way`` (floor or plain), for how many workers, its funding line, and where its files lie."""

    way: str
    month: Month
    workers: int
    line_id: UUID
    folder: Path

    @property
    def due_topic(self) -> str:
        """Where assessed months go."""
        return f"{self.way}-{self.month}.due"

    @property
    def paid_topic(self) -> str:
        """Where paid months go."""
        return f"{self.way}-{self.month}.paid"

    @property
    def kode_iuran(self) -> str:
        """The bill's code."""
        return f"{self.way}-{self.month}"

    def identifier(self, what: str) -> UUID:
        """A fixed identifier of something there is one of, such as the bill."""
        return UUID(bytes=hashlib.sha256(f"{self.way} {self.month} {what}".encode()).digest()[:16], version=4)

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
            "way": self.way,
            "month": str(self.month),
            "workers": str(self.workers),
            "line_id": str(self.line_id),
            "folder": str(self.folder),
        }

    @classmethod
    def from_orders(cls, orders: Mapping[str, str]) -> RivalMonth:
        """The reverse of `to_orders`."""
        month, workers = Month.parse(orders["month"]), int(orders["workers"])
        return cls(orders["way"], month, workers, UUID(orders["line_id"]), Path(orders["folder"]))


def write_whole(path: Path, content: str) -> None:
    """Write a file so that it is there completely or not at all."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
