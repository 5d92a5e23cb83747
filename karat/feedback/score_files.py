"""Scores as tables: CSV, JSON lines or Parquet, one row a training run."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from karat.errors import InputError
from karat.feedback.factorial import Factorial

SIDES = ("old", "new")
Row = Mapping[str, Any]


def read_factorial(path: Path) -> Factorial:
    """Read rows of `data` (old or new), `code` (old or new), `seed` and `score`.

    Raises `InputError` that names the row: a column is lacking, a value is none of these, or a run
    stands there twice.
    """
    cells: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for at, row in _rows(path, ("data", "code", "seed", "score")):
        data, code = (_side(row[name], f"{at}, {name}") for name in ("data", "code"))
        _add(cells[data, code], row, at)
    if not cells:
        raise InputError(f"{path} has no rows: one for each training run is needed")
    return Factorial.of(cells)


def read_pairs(path: Path, first: str, second: str) -> list[float]:
    """Read rows of `version`, `seed` and `score`; return second minus first by seed, in order.

    The order is that in which pairs became whole: it may not be chosen after the scores are seen.
    Seeds of one version alone are waited for. Raises `InputError` as `read_factorial`.
    """
    runs: dict[str, dict[str, float]] = {first: {}, second: {}}
    pairs = list[float]()
    for at, row in _rows(path, ("version", "seed", "score")):
        if (version := str(row["version"])) not in runs:
            continue
        _add(runs[version], row, at)
        seed = str(row["seed"])
        if all(seed in scores for scores in runs.values()):
            pairs.append(runs[second][seed] - runs[first][seed])
    for version, scores in runs.items():
        if not scores:
            raise InputError(f"{path} has no run of version {version!r}")
    return pairs


def _add(scores: dict[str, float], row: Row, at: str) -> None:
    seed = str(row["seed"])
    if seed in scores:
        raise InputError(f"{at}: seed {seed} stands there twice: one score a run")
    try:
        scores[seed] = float(row["score"])
    except (TypeError, ValueError):
        raise InputError(f"{at}: score is {row['score']!r}, no number") from None


def _side(value: object, at: str) -> int:
    if value not in SIDES:
        raise InputError(f"{at} is {value!r}: write old or new")
    return SIDES.index(str(value))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """Yield each row with where it stands."""
    for number, row in enumerate(_read(path), 1):
        at = f"{path}, row {number}"
        for name in columns:
            if not isinstance(row, Mapping) or row.get(name) in (None, ""):
                raise InputError(f"{at} has no {name!r}: {', '.join(columns)} are needed")
        yield at, row


def _read(path: Path) -> list[Any]:
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return list(pq.read_table(path).to_pylist())
        text = path.read_text("utf-8")
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return list(csv.DictReader(text.splitlines()))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
