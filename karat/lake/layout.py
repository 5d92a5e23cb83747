"""Where things lie in a lake, and what their paths say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date as day
from functools import lru_cache
from typing import NamedTuple, Self

from karat.errors import InputError

MAIN = "main"
LEDGER = "ledger"
RAW = "raw"
GOLDEN = "golden"
ORDER = "order/"
VERDICTS = "verdicts/"
WAIVERS = "waivers/"
ROLLBACKS = "rollbacks/"
BREAKER = "breaker/"
REVOCATIONS = "revocations/"
GOLDEN_TRADES = "golden_trades"
_INSTRUMENT = re.compile(r"[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][-_.a-z0-9]*", re.ASCII)


KNOWN = 1 << 13
"""So many instruments, and days, are known to be written as they should be."""


class _Place(NamedTuple):
    instrument: str
    date: str


class Partition(_Place):
    """One instrument (``<venue>-<market>-<symbol>``) on one day (``YYYY-MM-DD``, UTC).

    >>> str(Partition.parse("2024-08-08|binance-spot-btcusdt"))
    'binance-spot-btcusdt/2024-08-08'
    """

    __slots__ = ()  # a tuple: thousands are looked up in dicts, many times each

    def __new__(cls, instrument: str, date: str) -> Self:
        """Return the partition; InputError for what is no instrument, or no day."""
        if not _is_instrument(instrument):
            raise InputError(
                f"instrument {instrument!r}: write <venue>-<market>-<symbol> in lower case, "
                "such as 'binance-spot-btcusdt'"
            )
        if not _is_day(date):
            raise InputError(f"date {date!r}: write a day as YYYY-MM-DD")
        return super().__new__(cls, instrument, date)

    def __str__(self) -> str:
        """Return ``<instrument>/<date>``."""
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> Partition:
        """Return the partition of ``instrument/date`` or Dagster's ``date|instrument``."""
        date, bar, instrument = text.partition("|")
        if not bar:
            instrument, _, date = text.partition("/")
        if not date:
            raise InputError(f"partition {text!r}: write instrument/date or date|instrument")
        return cls(instrument, date)


def raw_path(instrument: str, date: str) -> str:
    """Return where a vendor's capture lies on main."""
    return dataset_path(RAW, instrument, date)


def golden_path(instrument: str, date: str) -> str:
    """Return where an independent capture of quotes lies on main."""
    return dataset_path(GOLDEN, instrument, date)


def golden_trades_path(instrument: str, date: str) -> str:
    """Return where an independent capture of trades lies on main."""
    return dataset_path(GOLDEN_TRADES, instrument, date)


def dataset_path(dataset: str, instrument: str, date: str) -> str:
    """Return where a partition of a dataset lies on main."""
    return f"{_name(dataset)}/{Partition(instrument, date)}.parquet"


def parse_dataset_path(path: str) -> tuple[str, Partition] | None:
    """Return the folder (``raw``, ``golden`` or a dataset) and partition, or None for others.

    >>> parse_dataset_path("raw/sim-spot-aaa/2024-01-01.parquet")
    ('raw', Partition(instrument='sim-spot-aaa', date='2024-01-01'))
    """
    folder, _, rest = path.removesuffix(".parquet").partition("/")
    if not path.endswith(".parquet") or not _NAME.fullmatch(folder):
        return None
    instrument, _, date = rest.partition("/")
    if not _is_instrument(instrument) or not _is_day(date):
        return None
    return folder, Partition(instrument, date)


def reference_path(instrument: str) -> str:
    """Return where the tick, lot and contract sizes of an instrument lie on main."""
    return f"reference/{_name(instrument)}.csv"


def build_prefix(dataset: str, partition: Partition) -> str:
    """Return how the paths of all builds of a partition begin, on the ledger."""
    return f"builds/{_name(dataset)}/{partition}/"


def build_path(dataset: str, partition: Partition, input_digest: str) -> str:
    """Return where a build is recorded on the ledger."""
    return f"{build_prefix(dataset, partition)}{_name(input_digest)}.json"


def verdict_prefix(dataset: str, partition: Partition) -> str:
    """Return how the paths of all verdicts on a partition begin, on the ledger."""
    return f"verdicts/{_name(dataset)}/{partition}/"


def verdict_path(dataset: str, partition: Partition, key: str) -> str:
    """Return where a verdict is recorded on the ledger."""
    return f"{verdict_prefix(dataset, partition)}{_name(key)}.json"


def verdict_paths(dataset: str, partitions: Iterable[str], keys: Iterable[str]) -> list[str]:
    """Return `verdict_path` of many: of partitions as they are written, and of digests."""
    first = f"verdicts/{_name(dataset)}/"
    return [f"{first}{one}/{key}.json" for one, key in zip(partitions, keys, strict=True)]


def together_prefix(dataset: str) -> str:
    """Return how the paths of all records of many verdicts of a dataset begin, on the ledger."""
    return f"verdicts/{_name(dataset)}/together/"


def together_path(dataset: str, contract: str, root: str, record: str) -> str:
    """Return where many verdicts under one contract are recorded; `root` names that of all."""
    return f"{together_prefix(dataset)}{_name(contract)}/{_name(root)}-{_name(record)}.json"


def root_path(dataset: str, key: str) -> str:
    """Return where the verdict on partitions as one is recorded on the ledger."""
    return f"verdicts/{_name(dataset)}/root/{_name(key)}.json"


def measured_path(dataset: str, digest: str) -> str:
    """Return where the ledger keeps what verdicts were made of, by its SHA-256."""
    return f"measured/{_name(dataset)}/{_name(digest)}.json"


def waiver_prefix(dataset: str, partition: Partition | str, content: str) -> str:
    """Return how the paths of all waivers of one content of a partition begin, on the ledger."""
    return f"{WAIVERS}{_name(dataset)}/{partition}/{_name(content)}-"


def waiver_path(dataset: str, partition: Partition, content: str, waiver: str) -> str:
    """Return where a waiver is recorded on the ledger; `waiver` is its digest."""
    return f"{waiver_prefix(dataset, partition, content)}{_name(waiver)}.json"


def breaker_path(dataset: str, instrument: str, number: int) -> str:
    """Return where the ledger keeps what befell a breaker the `number`-th time, from 1."""
    return f"{BREAKER}{_name(dataset)}/{_name(instrument)}/{number}.json"


def revocation_prefix(dataset: str) -> str:
    """Return how the paths of all revocations of a dataset's contents begin, on the ledger."""
    return f"{REVOCATIONS}{_name(dataset)}/"


def revocation_path(dataset: str, partition: Partition, content: str, revocation: str) -> str:
    """Return where a revocation of one content is recorded; `revocation` is its digest."""
    return f"{revocation_prefix(dataset)}{partition}/{_name(content)}-{_name(revocation)}.json"


def allowance_prefix(name: str, version: str) -> str:
    """Return how the paths of all allowances of a training dataset begin, on the ledger."""
    return f"allowances/{_name(name)}/{_name(version)}/"


def allowance_path(name: str, version: str, allowance: str) -> str:
    """Return where it is recorded that a training dataset may be read all the same."""
    return f"{allowance_prefix(name, version)}{_name(allowance)}.json"


def reading_prefix(name: str, version: str) -> str:
    """Return how the paths of all readings of a training dataset begin, on the ledger."""
    return f"readings/{_name(name)}/{_name(version)}/"


def reading_path(name: str, version: str, reading: str) -> str:
    """Return where it is recorded who read a training dataset; `reading` is its digest."""
    return f"{reading_prefix(name, version)}{_name(reading)}.json"


def rollback_path(dataset: str, rollback: str) -> str:
    """Return where a rollback is recorded on the ledger; `rollback` is its digest."""
    return f"{ROLLBACKS}{_name(dataset)}/{_name(rollback)}.json"


def order_path(entry: str) -> str:
    """Return where the ledger's own history keeps what one append added, by its SHA-256."""
    return f"{ORDER}{_name(entry)}.json"


def carry_path(dataset: str, carry_digest: str) -> str:
    """Return where a book that carries over lies on the ledger."""
    return f"carries/{_name(dataset)}/{_name(carry_digest)}.arrow"


def published_verdict_prefix(dataset: str, instrument: str) -> str:
    """Return how the paths begin of what `published_verdict_path` tells, of an instrument."""
    return f"_karat/verdicts/{_name(dataset)}/{_name(instrument)}/"


def published_verdict_path(dataset: str, partition: Partition) -> str:
    """Return where main keeps the PASS under which a partition was published."""
    return f"_karat/verdicts/{_name(dataset)}/{partition}.json"


def golden_manifest_path(digest: str, suffix: str) -> str:
    """Return where a part of a golden manifest lies on main."""
    return f"_karat/golden/{_name(digest)}.{_name(suffix)}"


def golden_current_path(dataset: str) -> str:
    """Return where main names the golden manifest a dataset is judged by."""
    return f"_karat/golden/current/{_name(dataset)}.json"


def manifest_path(name: str, version: str) -> str:
    """Return where a training manifest lies on main."""
    return f"datasets/{_name(name)}/{_name(version)}.json"


def model_prefix(name: str = "", run: str = "") -> str:
    """Return the folder on main of a trained model, of all of a name, or of all."""
    parts = [_name(one) for one in (name, run) if one]
    return "/".join(["models", *parts, ""])


def model_path(name: str, run: str, file: str) -> str:
    """Return where a file of a trained model lies on main."""
    return model_prefix(_name(name), _name(run)) + _name(file)


def dataset_tag(name: str, version: str) -> str:
    """Return the tag of a training dataset.

    >>> dataset_tag("demo", "1.0.0")
    'dataset-demo-1.0.0'
    """
    return f"dataset-{_name(name)}-{_name(version)}"


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InputError(f"name {text!r}: only a-z, 0-9, '-', '_' and '.', beginning with a-z, 0-9")
    return text


@lru_cache(KNOWN)
def _is_instrument(text: str) -> bool:
    return bool(_INSTRUMENT.fullmatch(text))


@lru_cache(KNOWN)
def _is_day(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        day.fromisoformat(text)
    except ValueError:
        return False
    return True
