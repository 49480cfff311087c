"""The parts of a workbook as streams of XML: which sheet is first, its texts and its styles.

Each part is fed in pieces and keeps only what is asked of it, so that memory is bounded whatever the file declares.
"""

from __future__ import annotations

from typing import Any, Final
from xml.parsers import expat

from shared.sheets.refusals import FileRefusal, FileRefusedError
from shared.sheets.xlsx.values import date_styles, plain

# The most that a spreadsheet puts into one cell is 32,767 characters.
_LONGEST_TEXT: Final = 40_000
_LONGEST_TOKEN_BYTES: Final = 1024 * 1024
_MAX_SHEETS: Final = 10_000


class Part:
    """A part that is read to its end. Subclasses look at elements by their names without prefix."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._fed_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Read on. Raises FileRefusedError, or an error of the XML."""
        self._fed_bytes += len(piece)
        self._parser.Parse(piece, False)
        if self._fed_bytes - self._parser.CurrentByteIndex > _LONGEST_TOKEN_BYTES:
            raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)

    def finish(self) -> None:
        """The part is over. Raises an error of the XML when it ends too early."""
        self._parser.Parse(b"", True)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters."""

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def _on_end(self, name: str) -> None:
        self.end(name.rpartition(":")[2] if ":" in name else name)

    def _refuse_doctype(self, *_: Any) -> None:
        raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)


class Workbook(Part):
    """The sheets in their order: the reference of the first one that a person sees, and how days are counted."""

    def __init__(self) -> None:
        super().__init__()
        self._sheets: list[tuple[bool, str]] = []
        self.is_1904 = False

    @property
    def first_sheet(self) -> str | None:
        """The reference of the first visible sheet."""
        return next((reference for is_hidden, reference in self._sheets if not is_hidden), None)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and len(self._sheets) < _MAX_SHEETS:
            reference = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self._sheets.append((attributes.get("state", "visible") != "visible", reference))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in ("1", "true")


class Relationships(Part):
    """Where the parts that a workbook refers to lie in the archive."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self.shared_texts: str | None = None
        self.styles: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        target = attributes.get("Target", "")
        path = target[1:] if target.startswith("/") else f"xl/{target}"
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.targets[attributes.get("Id", "")] = path
        if kind == "sharedStrings":
            self.shared_texts = path
        elif kind == "styles":
            self.styles = path


class Styles(Part):
    """Which styles show dates."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._is_inside = False

    @property
    def dates(self) -> frozenset[str]:
        """The styles that show dates."""
        return date_styles(self._formats, self._codes)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            self._formats.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_inside = False


class Texts(Part):
    """A part with runs of text ``t``, of which the ones that only help to pronounce do not count."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._length = 0
        self._is_text = self._is_spoken = False

    def text(self, text: str) -> None:
        if self._is_text and not self._is_spoken:
            self._length += len(text)
            if self._length > _LONGEST_TEXT:
                raise FileRefusedError(FileRefusal.XLSX_UNREADABLE)
            self._pieces.append(text)

    def taken(self) -> str:
        """The text so far, which begins anew."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text

    def mark(self, name: str, *, is_begin: bool) -> None:
        """Note where texts begin and end."""
        if name == "t":
            self._is_text = is_begin
        elif name == "rPh":
            self._is_spoken = is_begin


class SharedTexts(Texts):
    """The texts that cells refer to by their places."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.mark(name, is_begin=True)

    def end(self, name: str) -> None:
        self.mark(name, is_begin=False)
        if name == "si":
            self.texts.append(plain(self.taken()))
