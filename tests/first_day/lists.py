"""The numbered lists of CONTRIBUTING as data: what goes where, and which commands follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## (.+)$", re.M)
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.M | re.S)
_PLACE = re.compile(
    r"# (?P<path>\S+?)(?:, (?:(?P<how>before|after|instead of|among the names): (?P<text>.+)|(?P<end>at the end)))?"
)


class StepError(Exception):
    """A block cannot be followed; the text says which and why."""


@dataclass(frozen=True)
class Block:
    """A piece of code and where it goes: ``how`` is new, end, before, after, instead or name."""

    path: str
    how: str
    anchor: str
    code: str

    def follow(self, root: Path) -> None:
        """Do in ``root`` what the block says.

        Raises:
            StepError: the file or the place is not there, or a new file is there already.
        """
        file = root / self.path
        if self.how == "new":
            if file.exists():
                raise StepError(f"{self.path} is there already.")
            if not file.parent.is_dir():
                raise StepError(f"There is no folder for {self.path}.")
            file.write_text(self.code)
            return
        if not file.exists():
            raise StepError(f"There is no {self.path}.")
        file.write_text(self._changed(file.read_text()))

    def _changed(self, text: str) -> str:
        if self.how == "at the end":
            return f"{text.rstrip()}\n\n\n{self.code}"
        if self.how == "among the names":
            return self._named(text)
        lines = text.splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if self.anchor in line]
        if not places:
            raise StepError(f"{self.path} has no line with: {self.anchor}")
        place = places[-1] if self.how == "after" else places[0]
        lines[place : place + 1] = {
            "before": [self.code, lines[place]],
            "after": [lines[place], self.code],
            "instead of": [self.code],
        }[self.how]
        return "".join(lines)

    def _named(self, text: str) -> str:
        """``text`` with a module's name among those that are imported from the package, and in ``__all__``."""
        package = self.path.rpartition("/")[0].replace("/", ".")
        found = re.search(rf"^from {re.escape(package)} import ([\w, ]+)$", text, re.M)
        if found is None:
            raise StepError(f"{self.path} imports nothing from {package} in one line.")
        names = sorted({*found[1].split(", "), self.anchor})
        text = text.replace(found[0], f"from {package} import {', '.join(names)}")
        quoted = ", ".join(f'"{name}"' for name in names)
        return re.sub(r"^__all__ = \[.*?\]$", f"__all__ = [{quoted}]", text, flags=re.M)


@dataclass(frozen=True)
class Command:
    """A line to type."""

    line: str


@dataclass(frozen=True)
class StepList:
    """A heading with its steps, in order."""

    title: str
    steps: tuple[Block | Command, ...]


def read_lists(text: str) -> list[StepList]:
    """The lists that have something to do; blocks without a place and a command are only read."""
    parts = _HEADING.split(text)[1:]
    lists = [StepList(title, tuple(_steps(body))) for title, body in zip(parts[::2], parts[1::2], strict=True)]
    return [one for one in lists if one.steps]


def _steps(body: str) -> Iterator[Block | Command]:
    for indent, language, content in _BLOCK.findall(body):
        lines = [line.removeprefix(indent) for line in content.splitlines()]
        if language == "sh":
            yield from (Command(line) for line in lines if line)
        elif place := _PLACE.fullmatch(lines[0]):
            code = "".join(f"{line}\n" for line in lines[1:])
            yield Block(place["path"], place["how"] or place["end"] or "new", place["text"] or "", code)
        else:
            raise StepError(f"The first line of a block says where it goes, not: {lines[0]}")
