"""The farthest stretch of a day by hand: rows grouped by the clock, each group against golden."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from karat.explanation.choosing import looked_at
from karat.explanation.worked import Worked
from karat.golden import Yardstick
from karat.golden.chunk_profile import chunk_cells

Group = tuple[Fraction, int, int]
"""How far a stretch is, when it begins, how many rows it has."""


def by_stretches(
    worked: Worked, one: Yardstick, times: Sequence[int | None], values: Sequence[Any]
) -> None:
    """Work out how far each stretch is from golden, and which is farthest.

    `times` and `values` are of the rows that the distance is of, one each. Nothing is said where
    golden days are not cut.
    """
    cut = one.chunks
    if cut is None or cut.usual is None:
        return
    kept = [(t, v) for t, v in zip(times, values, strict=True) if t is not None]
    seen = looked_at(one.rule, [value for _, value in kept])
    late = [time for time, _ in kept][len(kept) - len(seen) :]
    grouped: dict[int, list[Any]] = defaultdict(list)
    for time, value in zip(late, seen, strict=True):
        if value == value:  # noqa: PLR0124 - NaN is no value
            grouped[time // cut.width_ns * cut.width_ns].append(value)
    far = sorted(_far(one, grouped, cut.min_rows), key=lambda group: (group[0], -group[1]))
    seconds = cut.width_ns // 10**9
    wanted = f"stretches of {seconds} s with at least {cut.min_rows:,} rows"
    worked.say(f"by {cut.time}, {len(far):,} of {len(grouped):,} {wanted}")
    if far:
        _told(worked, one, far)


def _told(worked: Worked, one: Yardstick, far: Sequence[Group]) -> None:
    cut = one.chunks
    if cut is None or cut.usual is None:
        return
    distance, start, rows = far[-1]
    beyond = max(distance - cut.usual, Fraction(0)) / cut.spread
    worked.say(
        f"the farthest begins at {start} ns: {rows:,} rows, {distance} = {float(distance):.6f}",
        f"golden days' farthest are usually {float(cut.usual):.6f} far, give or take"
        f" {float(cut.spread):.6f}: it is {float(beyond):.6f} of these beyond",
    )
    found = [group[0] for group in far]
    worked.found(
        worst_chunk_ns=start,
        worst_chunk_s=cut.width_ns // 10**9,
        worst_chunk_rows=rows,
        worst_chunk_distance=float(distance),
        worst_chunk_ratio=float(beyond),
        chunks=len(found),
        chunk_median=float(found[(len(found) + 1) // 2 - 1]),
        chunk_p95=float(found[-(-19 * len(found) // 20) - 1]),
    )


def _far(one: Yardstick, grouped: dict[int, list[Any]], least: int) -> Iterator[Group]:
    cells = chunk_cells(one.rule.kind, one.golden)
    points, golden = [point.item() for point in cells.points], [int(n) for n in cells.golden]
    for start, values in grouped.items():
        if len(values) >= least:
            yield _distance(one.rule.kind, points, golden, values), start, len(values)


def _distance(kind: str, points: list[Any], golden: list[int], values: list[Any]) -> Fraction:
    n, m = len(values), sum(golden)
    if not m:
        return Fraction(0)
    if kind == "ks":
        ordered, far, below = sorted(values), 0, 0
        for at, point in enumerate(points):
            below += golden[2 * at]
            far = max(far, abs(bisect_left(ordered, point) * m - below * n))
            below += golden[2 * at + 1]
            far = max(far, abs(bisect_right(ordered, point) * m - below * n))
        return Fraction(far, n * m)
    held = Counter(bisect_left(points, v) + bisect_right(points, v) for v in values)
    apart = [abs(held[cell] * m - count * n) for cell, count in enumerate(golden)]
    if kind == "atom":
        return Fraction(max(apart[1::2], default=0), n * m)
    return Fraction(sum(apart), 2 * n * m)
