"""Chunks are cut by what rows hold: by no batch, and by nothing far away."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.messages.borders import CUT, LADDER, SLOT_NS, Cut, Runs, joined, runs_of

FINE = Cut(many=1, enough=3, most=80)


@st.composite
def days(draw: st.DrawFn) -> Any:
    """Draw times in ns, mostly rising, some slots crowded and some far apart."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    shares = [0.7, 0.1, 0.1, 0.05, 0.04, 0.01]
    steps = rng.choice([0, 1, 3, 40, 700, 9000], draw(st.integers(0, 200)), p=shares)
    late = rng.integers(-3, 1, steps.size)
    return (np.cumsum(steps) + late + 20_000_000) * SLOT_NS + rng.integers(0, 10**9, steps.size)


def blocks_by_hand(slots: list[int], cut: Cut) -> list[int]:
    """Return the rows of each chunk, by the words of the rule: split a block, or leave it."""

    def parts(rows: list[int], level: int) -> list[int]:
        wide = LADDER[level]
        if level + 1 == len(LADDER) or len(rows) < cut.enough * (wide // LADDER[level + 1]):
            whole = len(rows)
            return [cut.most] * ((whole - 1) // cut.most) + [(whole - 1) % cut.most + 1]
        narrow = LADDER[level + 1]
        found = []
        for block in dict.fromkeys(slot // narrow for slot in rows):
            found += parts([slot for slot in rows if slot // narrow == block], level + 1)
        return found

    found = []
    for day in dict.fromkeys(slot // LADDER[0] for slot in slots):
        found += parts([slot for slot in slots if slot // LADDER[0] == day], 0)
    return found


@given(days(), st.integers(1, 4), st.integers(0, 30))
def test_chunks_are_those_of_the_rule(times: Any, enough: int, more: int) -> None:
    cut = Cut(1, enough, 24 * enough + more)
    slots = (np.maximum.accumulate(times) // SLOT_NS).tolist() if times.size else []
    found = cut.chunks(runs_of(times))
    assert found.rows.tolist() == blocks_by_hand(slots, cut)
    begins = np.cumsum(found.rows) - found.rows
    assert found.slots.tolist() == [slots[at] for at in begins]


@given(days(), st.lists(st.integers(0, 200), max_size=5))
def test_batches_do_not_matter(times: Any, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, times.size) for cut in cuts), times.size]
    parts = [runs_of(times[a:b]) for a, b in pairwise(borders)]
    whole, found = runs_of(times), joined(parts)
    assert [column.tolist() for column in found] == [column.tolist() for column in whole]
    assert joined([]).rows.size == 0


@given(days(), st.integers(0, 200))
def test_rows_that_come_later_change_the_last_chunk_only(times: Any, seen: int) -> None:
    early = FINE.blocks(runs_of(times[:seen])).rows.tolist()
    whole = FINE.blocks(runs_of(times)).rows.tolist()
    assert whole[: max(len(early) - 1, 0)] == early[:-1]


@given(days(), st.integers(0, 8639), st.integers(1, 50))
def test_rows_added_elsewhere_move_no_border(times: Any, slot: int, count: int) -> None:
    """Rows in one slot of another day leave this day's chunks as they were."""
    other = np.full(count, (10_000_000 + slot) * SLOT_NS)
    alone, both = (FINE.blocks(runs_of(t)).rows.tolist() for t in (times, np.r_[other, times]))
    assert both[len(both) - len(alone) :] == alone


def test_a_day_of_fifty_million_rows() -> None:
    """Steady rows make chunks of half a minute; bursts make more, silence fewer."""
    steady = CUT.chunks(Runs(np.arange(8640), np.full(8640, 5_788)))
    assert set(steady.rows) == {3 * 5_788}
    quiet = CUT.chunks(Runs(np.arange(8640), np.full(8640, 300)))
    assert set(quiet.rows) == {60 * 300}
    burst = CUT.chunks(Runs(np.array([7]), np.array([3_000_000])))
    assert burst.rows.tolist() == [CUT.most, CUT.most, 3_000_000 - 2 * CUT.most]
    assert CUT.chunks(Runs(np.arange(9), np.full(9, 200_000))).rows.tolist() == [1_800_000]


@pytest.mark.parametrize(("rows", "expected"), [
    (0, []), (1, [1]), (99, [99]), (100, [40, 40, 20]), (120, [40, 40, 40])])  # fmt: skip
def test_without_times_rows_are_counted(rows: int, expected: list[int]) -> None:
    cut = Cut(many=100, most=40)
    found = cut.positions(rows)
    assert found.rows.tolist() == expected
    assert found.slots.tolist() == [60 * at for at in range(len(expected))]


@given(
    start=st.sampled_from([-(2**63), -SLOT_NS - 1, 0, 10**18, 2**63 - 40 * SLOT_NS]),
    steps=st.lists(
        st.sampled_from([0, 1, -SLOT_NS, SLOT_NS - 1, SLOT_NS, 9 * SLOT_NS]), max_size=30
    ),
    far=st.sampled_from([0, 2**62]),
)
def test_runs_are_those_of_a_loop_over_the_rows(start: int, steps: list[int], far: int) -> None:
    times, now = [], start
    for step in steps:
        now = min(max(now + step, -(2**63)), 2**63 - 1)
        times.append(now)
    times += [min(now + far, 2**63 - 1)] * bool(far)
    expected: dict[int, int] = {}
    latest = times[0] if times else 0
    for time in times:
        latest = max(latest, time)
        expected[latest // SLOT_NS] = expected.get(latest // SLOT_NS, 0) + 1
    found = runs_of(np.array(times, np.int64))
    assert dict(zip(found.slots.tolist(), found.rows.tolist(), strict=True)) == expected
    assert found.slots.tolist() == sorted(expected)
