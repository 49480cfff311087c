"""Writes the pages under docs/events: one per topic, an index, and the table of what may change.

Everything on them comes from the catalogue, the schemas and the change rules, so they are never edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from shared.contracts.base import Event
from shared.contracts.catalogue import Catalogue, TopicSpec
from shared.contracts.evolution.change_rules import GROUPS
from shared.contracts.evolution.nodes import closed_values, resolve, shapes, types_of
from shared.contracts.planned_values import planned_values
from shared.contracts.schema import example_body, reader_schema, schema_file, schema_id
from shared.contracts.values import MONTH_PATTERN

DOCS_FOLDER: Final = Path(__file__).parents[3] / "docs" / "events"

_MADE = "<!-- Made by `python -m shared.contracts docs`; do not edit. -->\n"
_CLASSES: Final[Mapping[str, str]] = {
    "public": "public: other agencies may be granted it",
    "internal": "internal: only Payung's own services",
    "restricted": "restricted: only the readers named here",
}

_INTRODUCTION: Final = """\
# Events

Everything that Payung's services tell each other, and other agencies, is an event on one of these Kafka topics. Each
page explains one topic. The schemas are in `shared/contracts/schemas`, the whole as AsyncAPI in
`shared/contracts/asyncapi.yaml`.""".splitlines()

_NOBODY: Final = "nobody yet"

_PLANNED: Final = """
## Planned topics

Their contracts stand, so that readers can prepare, but nobody writes them yet. They are not in Kafka, nobody has a
right to them, and no service subscribes to them, not even one that has its handler ready.
""".splitlines()

_PLANNED_READERS: Final = """
## Planned readers

These services shall read and do not yet: they have no handler and no right.
""".splitlines()

_PLANNED_PAGE: Final = (
    "**Planned.** Nobody writes this event yet and there is no such topic in Kafka; only the contract stands."
)

_HOW_TO_READ: Final = """
## How to read them

- Headers are CloudEvents 1.0 attributes: `ce_id`, `ce_type`, `ce_source`, `ce_time`, `ce_subject`, `ce_dataschema`,
  beside `content-type` and perhaps `traceparent`. The body is JSON.
- The key is a pseudonymous identifier. Events of one key come in order; between topics no order is promised.
- The same event may come more than once, with the same `ce_id`. Ignore what you have seen.
- `aggregate_version` counts the changes of one thing: ignore an event that is older than what you know.
- Ignore fields you do not know. Codes with *known values* may get new ones; closed sets ("one of") may not.
- Amounts are whole rupiah, months are `YYYY-MM`, dates are days in East Kalimantan, moments are UTC.

## What may change

`python -m shared.contracts check` compares the classes with the frozen schemas by these rules; it is part of
`make check`. Why we have our own gate: `docs/adr/0008-own-schema-gate.md`.""".splitlines()


def render_pages(catalogue: Catalogue) -> dict[str, str]:
    """The pages by file name."""
    pages = {f"{spec.name}.md": "".join(line + "\n" for line in _page(spec)) for spec in catalogue}
    pages["README.md"] = "".join(line + "\n" for line in _index(catalogue))
    return pages


def write_pages(catalogue: Catalogue, folder: Path = DOCS_FOLDER) -> list[Path]:
    """Write the pages that have changed and remove those of topics that are gone; give the files touched."""
    folder.mkdir(parents=True, exist_ok=True)
    stale = stale_pages(catalogue, folder)
    pages = render_pages(catalogue)
    for name in stale:
        if name in pages:
            (folder / name).write_text(pages[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return [folder / name for name in stale]


def stale_pages(catalogue: Catalogue, folder: Path = DOCS_FOLDER) -> list[str]:
    """File names of pages that are missing, out of date or left over."""
    pages = render_pages(catalogue)
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    return sorted(name for name in {*pages, *there} if pages.get(name) != there.get(name))


def _index(catalogue: Catalogue) -> Iterator[str]:
    yield from (_MADE, *_INTRODUCTION, "")
    yield from _table(catalogue.existing, "written by", "read by")
    planned = [spec for spec in catalogue if spec.planned]
    if planned:
        yield from (*_PLANNED, "")
        yield from _table(planned, "shall be written by", "handler ready in")
    readers = [spec for spec in catalogue.existing if spec.planned_readers]
    if readers:
        yield from (*_PLANNED_READERS, "", "| topic | shall be read by |", "|---|---|")
        yield from (f"| [{spec.name}]({spec.name}.md) | {', '.join(spec.planned_readers)} |" for spec in readers)
    yield from _HOW_TO_READ
    for title, rules in GROUPS.items():
        yield from ("", f"### {title}", "", "| rule | change | | why | what to do |", "|---|---|---|---|---|")
        for rule in rules:
            change, why, advice = _cell(rule.change), _cell(rule.why), _cell(rule.advice)
            yield f"| `{rule.rule_id}` | {change} | {rule.verdict} | {why} | {advice} |"


def _table(specs: Iterable[TopicSpec], written: str, read: str) -> Iterator[str]:
    yield from (f"| topic | says | {written} | {read} | class |", "|---|---|---|---|---|")
    for spec in specs:
        owners, readers, meaning = ", ".join(spec.owners), ", ".join(spec.readers) or _NOBODY, _cell(spec.meaning)
        yield f"| [{spec.name}]({spec.name}.md) | {meaning} | {owners} | {readers} | {spec.data_class} |"


def _page(spec: TopicSpec) -> Iterator[str]:
    yield from (_MADE, f"# {spec.name}", "")
    if spec.planned:
        yield from (_PLANNED_PAGE, "")
    yield from (line.strip() for line in (spec.event.__doc__ or spec.meaning).strip().splitlines())
    yield from ("", "| | |", "|---|---|")
    yield f"| {'shall be written by' if spec.planned else 'written by'} | {', '.join(spec.owners)} |"
    yield f"| {'handler ready in' if spec.planned else 'read by'} | {', '.join(spec.readers) or _NOBODY} |"
    if spec.planned_readers:
        yield f"| shall be read by (planned) | {', '.join(spec.planned_readers)} |"
    yield f"| key | `{spec.event.KEY_FIELD}`: {_cell(spec.key_meaning)} |"
    yield f"| partitions | {spec.partitions} |"
    yield f"| kept | {_kept(spec)} |"
    yield f"| who may see it | {_CLASSES[spec.data_class]} |"
    for event in spec.events:
        yield from _version(event)
    if not spec.planned:
        yield from _reading(spec)


def _kept(spec: TopicSpec) -> str:
    if spec.retention_days is not None:
        return f"{spec.retention_days} days"
    marks = "; a null body means that the key is forgotten" if spec.tombstones else ""
    return f"the latest event of each key (compacted){marks}"


def _version(event: type[Event]) -> Iterator[str]:
    schema = reader_schema(event)
    yield from ("", f"## Version {event.VERSION}", "")
    yield f"Schema `{schema_file(Path(), event.TOPIC, event.VERSION).name}`, `{schema_id(event.TOPIC, event.VERSION)}`."
    yield from ("", "| field | type | | unit | meaning | source |", "|---|---|---|---|---|---|")
    for name, field in schema["properties"].items():
        node = resolve(field, schema)
        always = "always" if name in schema.get("required", []) else "may be missing"
        yield (
            f"| `{name}` | {_cell(_type(node, schema))} | {always} | {node.get('x-unit', '')} | "
            f"{_cell(node.get('description', ''))} | {_cell(node.get('x-source', ''))} |"
        )
    for name, field in schema["properties"].items():
        yield from _values(name, resolve(field, schema), planned_values(event.TOPIC, name))
    body = example_body(event)
    if body is not None:
        yield from ("", "Example:", "", "```json", json.dumps(body, indent=2, ensure_ascii=False), "```")


def _values(name: str, node: Mapping[str, Any], planned: Mapping[str, str]) -> Iterator[str]:
    known = node.get("x-known-values", {})
    occurring = {value: meaning for value, meaning in known.items() if value not in planned}
    if occurring:
        yield from ("", f"Known values of `{name}` (readers tolerate others):", "")
        yield from (f"- `{value}`: {meaning}" for value, meaning in occurring.items())
    if planned:
        yield from ("", f"Planned values of `{name}`, which nobody sends yet:", "")
        for value, reason in planned.items():
            yield f"- `{value}`{': ' + known[value] if value in known else ''} (planned: {reason})"


def _type(node: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """A field's type for people."""
    words = []
    for shape in shapes(node, root):
        closed = closed_values(shape)
        if closed is not None:
            words.append("one of " + ", ".join(f"`{value.strip(chr(39))}`" for value in closed))
            continue
        for kind in sorted(types_of(shape)):
            words.append(_kind(kind, shape, root))
    return " or ".join(words)


def _kind(kind: str, shape: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if kind == "string":
        return {"uuid": "UUID", "date": "date", "date-time": "moment"}.get(str(shape.get("format")), _text(shape))
    if kind == "integer" and shape.get("maximum", 2**53) < 2**53 - 1:
        return f"integer {shape['minimum']} to {shape['maximum']}"
    if kind == "array":
        return (
            f"list of {_type(resolve(shape['items'], root), root)}, {shape.get('minItems', 0)} to {shape['maxItems']}"
        )
    if kind == "object" and isinstance(shape.get("additionalProperties"), Mapping):
        return f"map from code to {_type(shape['additionalProperties'], root)}"
    return kind


def _text(shape: Mapping[str, Any]) -> str:
    if "maxLength" in shape:
        return f"text up to {shape['maxLength']}"
    pattern = shape.get("pattern")
    return "month `YYYY-MM`" if pattern == MONTH_PATTERN else f"text `{pattern}`" if pattern else "text"


def _reading(spec: TopicSpec) -> Iterator[str]:
    yield from ("", "## Reading it", "", "```sh")
    yield f"kcat -b \"$PAYUNG_KAFKA_BOOTSTRAP\" -C -t {spec.name} -o beginning -e -f '%k %s\\n'"
    yield from ("```", "", "From an hour ago, with headers: `-o s@$(( ($(date +%s) - 3600) * 1000 )) -f '%h\\n%s\\n'`.")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
