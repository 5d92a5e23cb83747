"""An agent trained on one real day and evaluated on the next: as much as two days can tell.

Book events have a PASS beside the golden captures. Their steps cannot: without a golden capture of
steps only history decides, and two days are none. So these are forced through, which the model's
record says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faulted_training import Arm, trained
from benchmarks.forced_lake import ForcedLake, shipped
from karat import dataset
from karat.flow import captures_in, ingest
from karat.training import Recipe
from karat.training.untrained import Rivals, rivals

DATES = ("2024-08-08", "2024-08-09")
INSTRUMENTS = ("usdm-btcusdt", "cm-btcusd_perp", "spot-btcusdt")
REASON = "two days are no history to calibrate by"


@dataclass(frozen=True)
class Real:
    """What was trained on the first day of an instrument, and its rivals, on the second one."""

    instrument: str
    rows: int
    against: Rivals
    arm: Arm


def measure(captures: Path, home: Path, recipes: Sequence[Recipe]) -> Iterator[Real]:
    """Yield what is found of each instrument whose real captures are below `captures`."""
    for name in INSTRUMENTS:
        stem = f"{name.replace('-', '_')}_{{}}_{{}}.parquet"
        files = [
            captures / "binance" / stem.format(day.replace("-", ""), kind)
            for day in DATES
            for kind in ("raw", "golden_bbo", "trades")
        ]
        if all(file.exists() for file in files):
            place = ForcedLake(home / name, shipped("book_events"), shipped("rl_steps"))
            yield _real(place, files, recipes)


def _real(place: ForcedLake, files: Sequence[Path], recipes: Sequence[Recipe]) -> Real:
    captures = captures_in(files)
    ingest(place.lake, captures)
    days = sorted({one.partition for one in captures})
    place.publish(place.events, days)
    refused = place.force(place.steps, days, REASON)
    title, judge = (
        place.cut(n, [day]).title for n, day in zip(("steps", "judge"), days, strict=True)
    )
    against = rivals(place.ground.steps(dataset.open(place.lake, judge)))
    arm = trained(place, days[0].instrument, title, recipes, len(refused), judge=judge)
    rows = dataset.open(place.lake, title).manifest.rows or 0
    return Real(days[0].instrument, rows, against, arm)
