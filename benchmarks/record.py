"""Keeps what was measured beside the page that shows it, so that no figure in the documents is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.contestant import BenchError
from benchmarks.page import render
from shared.clock import SystemClock, local_date

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
NOTES: Final = "notes.md"


def record(facts: Mapping[str, Any], docs: Path = DOCS) -> Path:
    """Keep the object of ``--json`` as the latest of its kind and write the page anew; gives the page.

    Raises BenchError for a result with faults, and where there is no folder of documents.
    """
    if facts["faults"]:
        raise BenchError("A result with faults is not recorded; mend them and measure again.")
    folder = docs / "performance"
    if not folder.is_dir():
        raise BenchError("There are no documents here to record it in; run it in a checkout of the project.")
    dated = {"measured_on": local_date(SystemClock().now()).isoformat(), **facts}
    kept = folder / f"{_kind(facts)}.json"
    kept.write_text(json.dumps(dated, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return write_page(docs)


def write_page(docs: Path = DOCS) -> Path:
    """Write the page from what is kept and from the notes; gives it."""
    page = docs / "performance.md"
    page.write_text(page_text(docs), encoding="utf-8")
    return page


def page_text(docs: Path = DOCS) -> str:
    """The page as it has to be."""
    folder = docs / "performance"
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return render(results, (folder / NOTES).read_text(encoding="utf-8"))


def _kind(facts: Mapping[str, Any]) -> str:
    """A month of each size is kept; of the others the latest."""
    return f"month-{facts['workers']}" if facts["name"] == "month" else str(facts["name"])
