"""Which partitions the options of `karat golden build` name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from karat.cli.workplace import Workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.lake.layout import Partition

USE = "say --days FROM..TO, or --reference and --calibration"


class Asked(NamedTuple):
    """The options that choose golden days, as they were given."""

    reference: list[str]
    calibration: list[str]
    days: str | None
    instrument: str | None
    first: int | None
    every: int | None


def days_of(place: Workplace, asked: Asked) -> tuple[list[Partition], list[Partition]]:
    """Return reference and calibration days; InputError when the options say none, or too much."""
    from karat.golden import split_strata
    from karat.golden.splitting import REFERENCE_DAYS
    from karat.verdicts.stratum import stratum_of

    named = [*asked.reference, *asked.calibration]
    rules = any(one is not None for one in (asked.instrument, asked.first, asked.every))
    if asked.days is None:
        if not named or rules:
            raise InputError(
                f"golden days: {USE}; --instrument, --first and --every go with --days"
            )
        return _parsed(asked.reference), _parsed(asked.calibration)
    if named or (asked.first is not None and asked.every is not None):
        raise InputError(f"golden days: {USE}, not both, and --first or --every, not both")
    days = _between(place, asked.days, asked.instrument)
    first = REFERENCE_DAYS if asked.first is None else asked.first

    def stratum(partition: Partition) -> str:
        return stratum_of(place.contract, partition.date)

    return split_strata(days, stratum, first=first, every=asked.every)


def _parsed(words: Iterable[str]) -> list[Partition]:
    from karat.lake.layout import Partition

    names = (name.strip() for word in words for name in word.split(","))
    return [Partition.parse(name) for name in names if name]


def _between(place: Workplace, days: str, instrument: str | None) -> list[Partition]:
    """Return the published partitions from one day to another, both included, by day."""
    from karat.lake.layout import MAIN
    from karat.verdicts.lineage import files

    first, dots, last = days.partition("..")
    if not dots:
        raise InputError(f"--days {days}: write FROM..TO, such as 2024-08-01..2024-08-31")
    dataset = place.contract.dataset
    folder = f"{dataset}/{instrument}/" if instrument else f"{dataset}/"
    have = [p for p, _ in files(place.lake, place.lake.head(MAIN), folder)]
    found = [p for p in have if (first or p.date) <= p.date <= (last or p.date)]
    if not found:
        span = f"{min(p.date for p in have)}..{max(p.date for p in have)}" if have else "none"
        what = folder.rstrip("/")
        raise InputError(f"--days {days}: nothing of {what} is published then; have {span}")
    return sorted(found, key=lambda p: (p.date, p.instrument))
