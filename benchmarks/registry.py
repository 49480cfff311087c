"""Every benchmark by name: what it can be told, and how it is run. The command line and `all` know them from here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from rich.console import Console

from benchmarks.journey.bench import RATES_PER_S, bench_journey
from benchmarks.journey.bench import Wish as JourneyWish
from benchmarks.month.bench import REPEATED_BELOW, Wish, bench_month
from benchmarks.roster_import.bench import Wish as ImportWish
from benchmarks.roster_import.bench import bench_import
from benchmarks.run import BenchName, bench
from deploy.local.stack import Say


class Report(Protocol):
    """What a benchmark gives back."""

    @property
    def faults(self) -> list[str]:
        """What our own code did wrong, a sentence each. Must be empty."""
        ...

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints; has ``name``, ``machine``, ``ratios`` and ``faults``."""
        ...

    def show(self, console: Console) -> None:
        """Print it for people."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark. ``options`` adds its own options to a parser; ``run`` takes what was given."""

    what: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Say], Report]


def _event_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)


def _events(name: BenchName) -> Callable[[argparse.Namespace, Say], Report]:
    def run(given: argparse.Namespace, say: Say) -> Report:
        return bench(name, events=given.events, repeats=given.repeats, home=given.home, say=say)

    return run


def _month_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, help=f"months; 3 below {REPEATED_BELOW:,} workers, else 1")
    parser.add_argument("--no-verify", action="store_true", help="skip the services' verification afterwards")
    parser.add_argument("--no-baselines", action="store_true", help="ours alone, without floor and plain")
    parser.add_argument("--plain-workers", type=int, default=2_000, help="how many workers plain code is measured with")
    parser.add_argument("--keep", action="store_true", help="leave the home behind, for a look at logs and databases")


def _month(given: argparse.Namespace, say: Say) -> Report:
    wish = Wish(
        workers=given.workers,
        repeats=given.repeats,
        verify=not given.no_verify,
        baselines=not given.no_baselines,
        plain_workers=given.plain_workers,
        keep=given.keep,
    )
    return bench_month(wish, say)


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="leave the home behind, for a look at logs and databases")


def _import(given: argparse.Namespace, say: Say) -> Report:
    return bench_import(ImportWish(rows=given.rows, repeats=given.repeats, keep=given.keep), say)


def _journey_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each rate is measured")
    parser.add_argument("--rates", type=int, nargs="+", default=list(RATES_PER_S), help="people a second")
    parser.add_argument("--keep", action="store_true", help="leave the home behind, for a look at logs and databases")


def _journey(given: argparse.Namespace, say: Say) -> Report:
    return bench_journey(JourneyWish(given.seconds, tuple(given.rates), given.keep), say)


BENCHES: Final[Mapping[str, Bench]] = {
    "relay": Bench("outbox to Kafka, two relays, order kept", _event_options, _events("relay")),
    "consume": Bench("Kafka to state: inbox, set-based state and outbox", _event_options, _events("consume")),
    "import": Bench("a roster from its upload to its result file", _import_options, _import),
    "journey": Bench("from a registration to its queued notice", _journey_options, _journey),
    "month": Bench("a whole month through all services", _month_options, _month),
}
# What `all` runs, the most telling first: how many minutes each takes on two cores at most, and its command.
SELECTION: Final[Sequence[tuple[float, Sequence[str]]]] = (
    (3.0, ("month", "--workers", "30000", "--repeats", "1", "--plain-workers", "500")),
    (2.0, ("import", "--rows", "100000", "--repeats", "1")),
    (2.0, ("journey", "--seconds", "8")),
    (1.0, ("consume", "--events", "100000", "--repeats", "1")),
    (1.0, ("relay", "--events", "100000", "--repeats", "1")),
)
