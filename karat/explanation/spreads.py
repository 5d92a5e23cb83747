"""Distances of how values are spread, by hand: KS, total variation, single values."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from fractions import Fraction
from typing import Any

from karat.explanation.worked import Worked
from karat.golden import Yardstick
from karat.states import Counts, ReferenceCounts

INFINITE = float("inf")


def by_ecdf(worked: Worked, one: Yardstick, cells: ReferenceCounts, values: list[Any]) -> Any:
    """Work out the KS distance; return the value at whose place it is met, None for no rows.

    Golden rows are known at and between the points of the manifest: so is their distribution at
    each point, and just before it. What lies between two points bounds what cannot be seen.
    """
    n, m = len(values), int(cells.golden.sum())
    if not (n and m):
        worked.say(f"{n:,} values of the candidate, {m:,} of golden: nothing to compare")
        return None
    ordered, golden = sorted(values), [int(count) for count in cells.golden]
    steps = _known(ordered, [value.item() for value in cells.points], golden)
    far = max(steps, key=lambda step: abs(step[2] * m - step[3] * n))
    value, side, ours, theirs = far
    low = Fraction(abs(ours * m - theirs * n), n * m)
    high = max(low, Fraction(_reach(steps, golden, n, m), n * m))
    worked.say(
        f"n = {n:,} values of the candidate, m = {m:,} of the golden reference days",
        f"the largest difference is {side} {value}: {ours:,} of {n:,} values lie below or at"
        f" it, a share of {ours / n:.6f}" if side == "at" else
        f"the largest difference is {side} {value}: {ours:,} of {n:,} values lie below it,"
        f" a share of {ours / n:.6f}",
        f"golden has {theirs:,} of {m:,} there, a share of {theirs / m:.6f}",
        f"D is at least |{ours}/{n} - {theirs}/{m}| = {low} = {float(low):.6f}",
    )  # fmt: skip
    if high > low:
        worked.say(f"between golden's points it may reach {float(high):.6f}, and no further")
    ratio(worked, one, low, high, n)
    return value


def _known(ordered: list[Any], points: list[Any], golden: list[int]) -> list[tuple[Any, ...]]:
    """Return value, side, candidate rows and golden rows below, at every place known of golden."""
    found: list[tuple[Any, ...]] = []
    below = 0
    for at, point in enumerate(points):
        below += golden[2 * at]
        found.append((point, "just below", bisect_left(ordered, point), below))
        below += golden[2 * at + 1]
        found.append((point, "at", bisect_right(ordered, point), below))
    return found


def _reach(steps: list[tuple[Any, ...]], golden: list[int], n: int, m: int) -> int:
    """Return the most that the difference can be inside a gap with rows of both, times n m."""
    ends = [(0, 0), *((ours, theirs) for _, _, ours, theirs in steps), (n, m)]
    most = 0
    for gap, count in enumerate(golden[::2]):
        (first, before), (last, after) = ends[2 * gap], ends[2 * gap + 1]
        if count and last > first:
            most = max(most, after * n - first * m, last * m - before * n)
    return most


def by_shares(worked: Worked, one: Yardstick, values: list[Any]) -> Any:
    """Work out total variation or the largest share of one value; return the value it is met at."""
    golden: Counts = one.golden
    known = dict(zip(golden.cells.tolist(), golden.counts.tolist(), strict=True))
    known |= {None: golden.nulls} if golden.nulls else {}
    ours, n, m = Counter(values), len(values), sum(known.values())
    if not (n and m):
        worked.say(f"{n:,} values of the candidate, {m:,} of golden: nothing to compare")
        return None
    apart = {v: abs(ours[v] * m - known.get(v, 0) * n) for v in {*ours, *known}}
    ranked = sorted(apart, key=lambda v: (-apart[v], v is not None, v))
    worked.say(f"n = {n:,} values of the candidate, m = {m:,} of the golden reference days")
    for value in ranked[:3]:
        share = f"{ours[value] / n:.6f} of ours, {known.get(value, 0) / m:.6f} of golden"
        worked.say(f"{value}: {ours[value]:,} and {known.get(value, 0):,} rows, {share}")
    if one.rule.kind == "coverage":
        far, least = _uncovered(worked, one, ours, known), one.rule.min_count
        ranked = sorted(ranked, key=lambda v: known.get(v, 0) < least or ours[v] >= least)
    elif one.rule.kind == "atom":
        far = Fraction(apart[ranked[0]], n * m)
        worked.say(f"the largest difference of shares, at {ranked[0]}, is {far} = {float(far):.6f}")
    else:
        far = Fraction(sum(apart.values()), 2 * n * m)
        worked.say(f"half of the sum over {len(apart):,} values is {far} = {float(far):.6f}")
    ratio(worked, one, far, far, n)
    return ranked[0]


def _uncovered(
    worked: Worked, one: Yardstick, ours: Counter[Any], known: dict[Any, int]
) -> Fraction:
    least = one.rule.min_count
    wanted = [v for v, count in known.items() if v is not None and count >= least]
    missing = [v for v in wanted if ours[v] < least]
    worked.say(
        f"{len(wanted):,} values have {least:,} golden rows or more; {len(missing):,} of them have"
        f" fewer of ours: {', '.join(map(str, missing[:5])) or 'none'}"
    )
    return Fraction(len(missing), max(len(wanted), 1))


def ratio(worked: Worked, one: Yardstick, low: Fraction, high: Fraction, count: int) -> None:
    """Add the scale, the distance in units of it, and what these numbers are called."""
    worked.found(n=count, low=float(low), high=float(high), scale=float(one.scale))
    worked.found(ratio=float(low / one.scale))
    q = worked.finding.numbers.get("q")
    against = f", against q = {q}" if q is not None else ""
    scale = f"golden days differ by {float(one.scale):.6f} (the scale)"
    worked.say(f"{scale}: {float(low / one.scale):.6f} scales{against}")


def rows_near(at: list[int], values: list[Any], place: Any, over: int = 0) -> list[int]:
    """Return the places of rows that hold `place`, or else the nearest values; `over` rows on."""
    if place is None:
        return []
    near = sorted(range(len(values)), key=lambda n: (abs(values[n] - place), n))[:5]
    return sorted({at[n + step] for n in near for step in (0, over)})
