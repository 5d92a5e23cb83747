"""Three ways a capture goes wrong, each with a severity and a place."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import InputError
from karat.simulation.restatement import require
from karat.simulation.sealed import Place

FIRST_ID, LAST_ID = r'"U":(\d+)', r'"u":(\d+)'
SNAPSHOT_ID = r'"lastUpdateId":(\d+)'
BOTH_SIDES = r'"b":(\[.*\]),"a":(\[.*\])\}\}$'
UNHARMED_SHARE = 0.1

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Faulted:
    """The spoiled raw table, and where it is spoiled."""

    raw: pa.Table
    place: Place


def lost_deltas(raw: pa.Table, severity: float, seed: int) -> Faulted:
    """Return `raw` without a share `severity` of its depth messages; the lines stay as they were.

    Only messages that count are touched: not stale ones, none in the first tenth, and not the
    last one, whose loss only the next day would show. `InputError` for a severity outside
    (0, 1] or a table without such messages.
    """
    rows = _scattered("lost_deltas", raw, severity, seed)
    keep = np.ones(raw.num_rows, bool)
    keep[rows] = False
    return Faulted(raw.filter(pa.array(keep)), _place("lost_deltas", raw, rows))


def side_flip(raw: pa.Table, severity: float, seed: int) -> Faulted:
    """Return `raw` with bids and asks swapped in a share `severity` of its depth messages.

    Which messages, and the errors, as for `lost_deltas`.
    """
    rows = _scattered("side_flip", raw, severity, seed)
    flipped = _rewritten(raw, rows, r'"b":\2,"a":\1}}')
    return Faulted(flipped, _place("side_flip", raw, rows))


def stale_book(raw: pa.Table, severity: float, seed: int) -> Faulted:
    """Return `raw` with one stretch, a share `severity` of the depth messages, that says nothing.

    The messages keep their ids and name no level. Which messages, and the errors, as for
    `lost_deltas`.
    """
    able = _able(raw, severity)
    count = _count(able, severity)
    start = int(_random("stale_book", seed).integers(0, len(able) - count + 1))
    rows = able[start : start + count]
    return Faulted(_rewritten(raw, rows, '"b":[],"a":[]}}'), _place("stale_book", raw, rows))


def _scattered(kind: str, raw: pa.Table, severity: float, seed: int) -> Rows:
    able = _able(raw, severity)
    chosen = _random(kind, seed).choice(able, _count(able, severity), replace=False)
    return np.sort(chosen)


def _count(able: Rows, severity: float) -> int:
    return max(1, round(severity * len(able)))


def _random(kind: str, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int(digest("fault/1", kind, seed)[:16], 16)))


def _able(raw: pa.Table, severity: float) -> Rows:
    """Return the rows of the depth messages a fault may touch."""
    if not 0.0 < severity <= 1.0:
        raise InputError(f"severity {severity} is not a share: use more than 0 and at most 1")
    require(raw, "line", "stream", "payload")
    depth = np.flatnonzero(pc.equal(raw["stream"], "depth").to_numpy())
    later = depth[int(np.ceil(UNHARMED_SHARE * len(depth))) : -1]
    live = later[_ids(raw, later, LAST_ID) > _snapshot_id(raw)]
    if len(live) == 0:
        raise InputError("no depth message to spoil: give a raw table with more of them")
    return live


def _snapshot_id(raw: pa.Table) -> int:
    rows = np.flatnonzero(pc.equal(raw["stream"], "rest_snapshot").to_numpy())
    return int(_ids(raw, rows, SNAPSHOT_ID)[0]) if len(rows) else -1


def _ids(raw: pa.Table, rows: Rows, pattern: str) -> Rows:
    texts = raw["payload"].take(pa.array(rows)).to_pylist()
    found = (re.search(pattern, text) for text in texts)
    return np.array([int(match[1]) if match else -1 for match in found], np.int64)


def _rewritten(raw: pa.Table, rows: Rows, pattern: str) -> pa.Table:
    """Return `raw` with `pattern` for both sides of the book in `rows`."""
    touched = np.zeros(raw.num_rows, bool)
    touched[rows] = True
    old = raw["payload"].combine_chunks()
    new = pc.replace_substring_regex(old.take(pa.array(rows)), BOTH_SIDES, pattern)
    place = raw.schema.get_field_index("payload")
    texts = pc.replace_with_mask(old, pa.array(touched), new)
    return raw.set_column(place, raw.schema.field(place), texts)


def _place(kind: str, raw: pa.Table, rows: Rows) -> Place:
    lines = tuple(raw["line"].take(pa.array(rows)).to_pylist())
    first = int(_ids(raw, rows[:1], FIRST_ID)[0])
    last = int(_ids(raw, rows[-1:], LAST_ID)[0])
    return Place(kind, lines[0], lines[-1], first, last, len(lines), lines)
