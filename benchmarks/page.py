"""The page of figures (docs/performance.md), made from recorded results. Tables for people, nothing computed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

Result = Mapping[str, Any]
MONTH_LIMIT_S: Final = 180
MEMORY_LIMIT_MB: Final = 200

_HEAD: Final = """\
# Performance

Written by `python -m benchmarks … --record` from the results in `docs/performance/`; the notes at the end are
`notes.md` there. Every figure stands beside two others of the same run: the **floor**, raw clients that read and write
the same with no rule, and **plain** code, one message and one transaction at a time in the style of the libraries' own
pages.
`python -m benchmarks --help` says how to measure again; `make bench` takes ten minutes.
"""
_MONTH_HEAD: Final = f"""\
Everybody's month is assessed, its money reserved, billed, confirmed and paid, cover extended, a message queued: through
the real API, every service's database with fsync, and Apache Kafka. Promised for 1,000,000 workers on 2 cores:
{MONTH_LIMIT_S} s, {MEMORY_LIMIT_MB} MB a process, at most 2 × the floor, at least 25 × as fast as plain code, at most
1.1 × the cost of a worker at 10,000.
"""


def render(results: Sequence[Result], notes: str) -> str:
    """The whole page."""
    parts = [_HEAD, _machine(results)]
    months = sorted((one for one in results if one["name"] == "month"), key=lambda one: int(one["workers"]))
    if months:
        parts += ["## The month\n", _MONTH_HEAD, _months(months), _steps(months[-1]), _profile(months)]
    for one in results:
        if one["name"] != "month":
            parts += [f"## {_TITLES.get(one['name'], one['name'])}\n", _RENDERERS.get(one["name"], _anything)(one)]
    parts.append(notes.strip() + "\n")
    return "\n".join(parts)


def _machine(results: Sequence[Result]) -> str:
    """Each machine that something was measured on, and what."""
    measured: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for one in results:
        machine = tuple((name, value) for name, value in one["machine"].items() if name != "load_before")
        measured.setdefault(machine, []).append(f"{_label(one)} ({one['measured_on']})")
    rows = [
        (", ".join(f"{name} {value}" for name, value in machine), ", ".join(what)) for machine, what in measured.items()
    ]
    return _table(("machine", "what was measured on it"), rows)


def _label(one: Result) -> str:
    return f"month of {one['workers']:,}" if one["name"] == "month" else str(one["name"])


def _months(months: Sequence[Result]) -> str:
    heads = (
        "workers",
        "s",
        "µs a worker",
        "÷ floor",
        "CPU µs a worker",
        "÷ floor's CPU",
        "plain ÷ ours",
        "largest of our processes",
        "cores busy",
        "verified",
    )
    rows = []
    for one in months:
        name, peak_mb = max(_own_memory(one).items(), key=lambda item: item[1])
        verified = one["verify"]
        checked = "not asked" if verified is None else f"{verified['facts']:,} facts" if verified["ok"] else "FAILED"
        ratios = one["ratios"]
        elapsed = (f"{one['workers']:,}", one["elapsed_s"], one["us_per_worker"], ratios["floor"])
        worked = (one["cpu_us_per_worker"]["total"], _of_floor(one))
        rows.append((*elapsed, *worked, ratios["plain"], f"{peak_mb} MB ({name})", one["cores_busy"], checked))
    lines = [_table(heads, rows)]
    few, many = months[0], months[-1]
    if few is not many:
        cost = many["us_per_worker"] / few["us_per_worker"]
        lines.append(f"A worker of {many['workers']:,} costs {cost:.2f} × one of {few['workers']:,}.\n")
    for baseline in many["baselines"].values():
        lines.append(
            f"- {baseline['what']}: {baseline['us_per_worker']:,} µs a worker"
            f" ({baseline['workers']:,} workers in {baseline['elapsed_s']} s)"
        )
    return "\n".join(lines) + "\n"


def _of_floor(one: Result) -> float | None:
    """Our processor time a worker as a multiple of the floor's; elapsed time also counts how well cores are filled."""
    floor = one["baselines"].get("floor")
    return None if floor is None else round(one["cpu_us_per_worker"]["total"] / floor["cpu_us_per_worker"], 2)


def _own_memory(one: Result) -> Mapping[str, int]:
    """Of our processes: not PostgreSQL's, nor Kafka's, nor what measures."""
    others = ("kafka", "bench itself")
    return {
        name: mb for name, mb in one["rss_max_mb"].items() if name not in others and not name.startswith("postgres")
    }


def _steps(one: Result) -> str:
    rows = [(step, at["began_s"], at["done_s"], at["took_s"]) for step, at in one["steps"].items()]
    return f"Steps of {one['workers']:,} workers:\n\n" + _table(("step", "began s", "done s", "took s"), rows)


def _profile(months: Sequence[Result]) -> str:
    heads = ["process"]
    for one in months:
        heads += [f"CPU µs a worker at {one['workers']:,}", "peak MB"]
    rows = []
    for name in months[-1]["cpu_us_per_worker"]:
        cells: list[object] = [name]
        for one in months:
            cells += [one["cpu_us_per_worker"].get(name), one["rss_max_mb"].get(name)]
        rows.append(cells)
    return "Where the processor's time and the memory go (of PostgreSQL's: beside the shared buffers):\n\n" + _table(
        heads, rows
    )


def _events(one: Result) -> str:
    rates = {name: sorted(values)[len(values) // 2] if values else None for name, values in one["rates"].items()}
    rows = [(name, None if rate is None else f"{rate:,.0f}", one["ratios"].get(name)) for name, rate in rates.items()]
    verdict = (
        f"{one['events']:,} events: inversions {one['inversions']}, lost {one['lost']}, repeated {one['repeated']}.\n"
    )
    return _table(("way", "events/s (median)", "ours ÷ theirs"), rows) + "\n" + verdict


def _anything(one: Result) -> str:
    """Every figure of a result, nested ones with a dot."""
    left_out = {"name", "machine", "measured_on", "faults", "remarks"}
    rows = list(_flat("", {name: value for name, value in one.items() if name not in left_out}))
    remarks = "".join(f"\n- {remark}" for remark in one.get("remarks", ()))
    return _table(("figure", ""), rows) + (f"{remarks}\n" if remarks else "")


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, list) else value


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join('–' if cell is None else str(cell) for cell in line)} |\n" for line in lines)


_TITLES: Final = {
    "relay": "Relay: outbox to Kafka, order kept",
    "consume": "Consumer: Kafka to state",
    "import": "Import of a roster",
    "journey": "Journey: register until the notice is queued",
}
_RENDERERS: Final[Mapping[str, Callable[[Result], str]]] = {"relay": _events, "consume": _events}
