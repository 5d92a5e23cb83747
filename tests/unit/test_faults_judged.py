"""Simulated days through the rebuild and the statistics that judge them."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from karat.messages import (
    Carry,
    Rebuilt,
    instrument_on,
    instrument_rows,
    reader_of,
    rebuild,
    shipped_table,
)
from karat.simulation import (
    Day,
    Faulted,
    corrected,
    lost_deltas,
    side_flip,
    simulate,
    stale_book,
)
from karat.states import CensusState, PairedCensus, Quotes, Sequence, SequenceState

FUTURES, SPOT = "sim-usdm-btcusdt", "sim-spot-ethusdt"
DATES = [dt.date(2024, 2, 28) + dt.timedelta(days=n) for n in range(3)]
BOTH = pytest.mark.parametrize("name", [FUTURES, SPOT])
BEST = ("best_bid_ticks", "best_bid_lots", "best_ask_ticks", "best_ask_lots")
Fault = Callable[[pa.Table, float, int], Faulted]


class Judged(NamedTuple):
    """A rebuilt day: what the rebuild says, its rows, its continuity, and its census."""

    built: Rebuilt
    table: pa.Table
    sequence: SequenceState
    census: CensusState

    @property
    def wrong(self) -> int:
        return self.census.compared - self.census.all_equal


@cache
def days(name: str) -> list[Day]:
    bare = {DATES[1]}
    return list(simulate(name, DATES, seed=3, messages_per_day=1_500, without_snapshot=bare))


def judged(folder: Path, day: Day, raw: pa.Table, carry: Carry | None = None) -> Judged:
    name = day.instrument
    instrument = instrument_on(instrument_rows(shipped_table(), name), name, str(day.date))
    reader = reader_of(name)
    pq.write_table(raw, folder / "raw")
    options: Any = {"reader": reader, "instrument": instrument, "source": "raw"}
    built = rebuild(folder / "raw", folder / "out", opening=carry, **options)
    table = pq.read_table(folder / "out")
    columns = (table[column] for column in ("kind", "previous_sequence", "sequence"))
    flags = table["flags"].to_numpy()
    live = (table["kind"].to_numpy() == 2) & (flags & 1 == 1) & (flags & 2 == 0)
    ours = table.filter(pa.array(live))
    top = [pc.fill_null(ours[column], 0) for column in BEST]
    golden = Quotes(*reader.quotes(day.golden, instrument, "golden"))
    census = PairedCensus().observe(Quotes(ours["sequence"], *top), golden)
    return Judged(built, table, Sequence().observe(*columns), census)


def sound(folder: Path, name: str) -> list[Judged]:
    """Judge all days, each opened with the book the one before left, if it has no snapshot."""
    found: list[Judged] = []
    for day in days(name):
        found.append(judged(folder, day, day.raw, found[-1].built.closing if found else None))
    return found


@BOTH
def test_a_sound_day_is_golden_everywhere(tmp_path: Path, name: str) -> None:
    all_days = sound(tmp_path, name)
    for one in all_days:
        assert one.wrong == 0
        assert one.census.compared > 100
        assert one.census.golden_used <= one.census.golden_rows
        assert (one.sequence.tally.gaps, one.sequence.tally.overlaps) == (0, 0)
        assert (one.sequence.tally.trade_gaps, one.sequence.tally.trade_repeats) == (0, 0)
    first, bare, third = all_days
    assert (first.built.opening, third.built.opening) == ("reset", "reset")
    assert bare.built.opening == first.built.closing.digest
    assert (bare.sequence.tally.carries, bare.sequence.tally.snapshots) == (1, 0)


@BOTH
def test_days_merge_without_a_seam(tmp_path: Path, name: str) -> None:
    first, bare, _ = sound(tmp_path, name)
    merged = Sequence().merge(first.sequence, bare.sequence)
    assert (merged.tally.gaps, merged.tally.overlaps, merged.tally.carries) == (0, 0, 1)
    census = PairedCensus().merge(first.census, bare.census)
    assert census.compared == first.census.compared + bare.census.compared
    assert census.longest_run == 0


@BOTH
@pytest.mark.parametrize("severity", [0.01, 0.2])
def test_lost_deltas_leave_gaps_where_they_were(tmp_path: Path, name: str, severity: float) -> None:
    day = days(name)[0]
    fault = lost_deltas(day.raw, severity, 5)
    found = judged(tmp_path, day, fault.raw)
    tally = found.sequence.tally
    assert 1 <= tally.gaps <= fault.place.count
    assert found.sequence.gap_ranges[0][0] <= fault.place.first_update_id
    assert found.sequence.gap_ranges[0][1] >= fault.place.first_update_id
    assert tally.deltas == sound(tmp_path, name)[0].sequence.tally.deltas - fault.place.count
    gaps = [(p["first_id"], p["last_id"]) for p in found.built.places if p["what"] == "gap"]
    assert tuple(gaps[:20]) == found.sequence.gap_ranges
    assert found.built.counts["gap"] == tally.gaps


@BOTH
@pytest.mark.parametrize("fault", [side_flip, stale_book])
def test_what_keeps_its_ids_shows_only_in_the_census(
    tmp_path: Path, name: str, fault: Fault
) -> None:
    day = days(name)[0]
    spoiled = fault(day.raw, 0.2, 5)
    found = judged(tmp_path, day, spoiled.raw)
    assert (found.sequence.tally.gaps, found.sequence.tally.overlaps) == (0, 0)
    assert found.built.places == judged(tmp_path, day, day.raw).built.places
    assert found.wrong > 0
    assert found.census.rebuild_suspect + found.census.golden_suspect == found.wrong
    # What comes before the fault cannot be touched by it.
    assert found.census.offenders[0].update_id >= spoiled.place.first_update_id
    assert found.census.head_run == 0


@BOTH
@pytest.mark.parametrize("fault", [lost_deltas, side_flip, stale_book])
def test_a_graver_fault_touches_more_and_the_mildest_one_message(
    tmp_path: Path, name: str, fault: Fault
) -> None:
    day = days(name)[0]
    counts = [fault(day.raw, severity, 5).place.count for severity in (1e-9, 0.01, 0.1, 0.5, 1.0)]
    assert counts == sorted(set(counts))
    assert counts[0] == 1
    mild, grave = (
        judged(tmp_path, day, fault(day.raw, severity, 5).raw) for severity in (0.002, 0.6)
    )
    shares = [one.wrong / one.census.compared for one in (mild, grave)]
    missing = [one.sequence.tally.missing for one in (mild, grave)]
    assert 0 <= shares[0] < shares[1]
    assert missing[0] < missing[1] if fault is lost_deltas else missing == [0, 0]


@BOTH
def test_a_fault_of_a_day_goes_on_through_the_carry(tmp_path: Path, name: str) -> None:
    first, bare = days(name)[:2]
    clean = sound(tmp_path, name)
    spoiled = judged(tmp_path, first, stale_book(first.raw, 0.9, 5).raw)
    assert spoiled.built.closing.digest != clean[0].built.closing.digest
    after = judged(tmp_path, bare, bare.raw, spoiled.built.closing)
    assert after.built.opening == spoiled.built.closing.digest
    assert after.wrong > 0
    assert after.sequence.tally.gaps == 0


@BOTH
def test_a_corrected_day_differs_in_its_receive_clock_alone(tmp_path: Path, name: str) -> None:
    day = days(name)[0]
    before = judged(tmp_path, day, day.raw)
    after = judged(tmp_path, day, corrected(day.raw))
    clock = "receive_time_ns"
    assert after.table.drop_columns([clock]) == before.table.drop_columns([clock])
    moved = after.table[clock].to_numpy() - before.table[clock].to_numpy()
    assert np.unique(moved).tolist() == [1_270_000_000]
    assert (after.sequence, after.census) == (before.sequence, before.census)
    assert after.built.closing.digest == before.built.closing.digest
