"""The paired census against a census taken row by row."""

from __future__ import annotations

from bisect import bisect_right
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.compute.states import candidate_quotes
from karat.contracts import PairedRule
from karat.errors import InputError
from karat.states import PairedCensus, Quotes

Table = list[tuple[int, ...]]


def changed_at(table: Table, row: int, field: int) -> int:
    """Update id at which the value of `row` came to be."""
    while row > 0 and table[row - 1][field] == table[row][field]:
        row -= 1
    return table[row][0]


def by_hand(pairs: list[tuple[Table, Table]]) -> dict[str, Any]:
    """Census of partitions in order, as its definition reads."""
    equal, used, right, offenders = [0] * 4, 0, [], []
    for ours, theirs in pairs:
        met = set()
        for i, row in enumerate(ours):
            j = bisect_right([quote[0] for quote in theirs], row[0]) - 1
            if j < 1:
                continue
            met.add(j)
            wrong = [f for f in range(1, 5) if row[f] != theirs[j][f]]
            equal = [n + (f + 1 not in wrong) for f, n in enumerate(equal)]
            right.append(not wrong)
            if wrong:
                older = any(changed_at(ours, i, f) <= changed_at(theirs, j, f) for f in wrong)
                offenders.append((row[0], row[1:], theirs[j][1:], "rebuild" if older else "golden"))
        used += len(met)
    runs = [len(list(run)) for ok, run in groupby(right) if not ok]
    begins = [at for at, ok in enumerate(right) if not ok and (at == 0 or right[at - 1])]
    firsts = [offenders[right[:at].count(False)] for at in begins]
    longest = runs.index(max(runs)) if runs else 0
    return {
        "deltas": sum(len(ours) for ours, _ in pairs),
        "compared": len(right),
        "equal": tuple(equal),
        "all_equal": sum(right),
        "rebuild_suspect": sum(o[3] == "rebuild" for o in offenders),
        "golden_suspect": sum(o[3] == "golden" for o in offenders),
        "golden_rows": sum(len(theirs) for _, theirs in pairs),
        "golden_used": used,
        "head_run": runs[0] if right and not right[0] else 0,
        "tail_run": runs[-1] if right and not right[-1] else 0,
        "longest_run": max(runs, default=0),
        "head_first": firsts[0] if right and not right[0] else None,
        "tail_first": firsts[-1] if right and not right[-1] else None,
        "longest_first": firsts[longest] if runs else None,
        "offenders": offenders[:20],
    }


def quotes(table: Table) -> Quotes:
    return Quotes(*np.array(table, np.int64).reshape(len(table), 5).T)


def book(rng: Generator, size: int) -> NDArray[np.int64]:
    steps = [rng.integers(0, 2, size), *(rng.random((4, size)) < 0.2)]
    return np.cumsum(steps, axis=1).T


def table(rows: NDArray[np.int64]) -> Table:
    return [tuple(row) for row in rows.tolist()]


def pair(rng: Generator) -> tuple[Table, Table]:
    """A golden side and a rebuild of it with some values and rows that differ."""
    golden = book(rng, int(rng.integers(0, 60)))
    ours = golden[rng.random(len(golden)) < 0.7].copy()
    ours[:, 1:][rng.random((len(ours), 4)) < rng.choice([0.01, 0.3])] += 1
    return table(ours), table(golden)


@pytest.mark.parametrize("seed", range(60))
def test_equals_a_census_by_hand(seed: int) -> None:
    rng, census = default_rng(seed), PairedCensus()
    pairs = [pair(rng) for _ in range(seed % 4 + 1)]
    states = [census.observe(quotes(ours), quotes(theirs)) for ours, theirs in pairs]
    state = reduce(census.merge, states)
    expected = by_hand(pairs)
    assert [tuple(o) for o in state.offenders] == expected.pop("offenders")
    assert {name: getattr(state, name) for name in expected} == expected


GOLDEN: Table = [(1, 9, 1, 10, 1), (2, 9, 2, 10, 1), (5, 8, 4, 10, 1), (9, 8, 4, 11, 1)]


def test_a_quote_that_golden_missed_is_golden_suspect() -> None:
    state = PairedCensus().observe(quotes([(6, 8, 4, 10, 1), (8, 8, 5, 10, 1)]), quotes(GOLDEN))
    assert (state.golden_suspect, state.rebuild_suspect, state.equal) == (1, 0, (2, 1, 2, 2))
    assert state.offenders[0].update_id == 8
    assert state.offenders[0].candidate == (8, 5, 10, 1)


def test_a_stale_book_is_rebuild_suspect() -> None:
    stale: Table = [(2, 9, 2, 10, 1), (6, 9, 2, 10, 1), (8, 9, 2, 10, 1)]
    state = PairedCensus().observe(quotes(stale), quotes(GOLDEN))
    assert (state.rebuild_suspect, state.golden_suspect) == (2, 0)
    assert (state.longest_run, state.tail_run, state.head_run) == (2, 2, 0)
    assert state.longest_first == state.tail_first == state.offenders[0]


def test_deltas_before_the_second_quote_are_not_compared() -> None:
    early: Table = [(0, 1, 1, 1, 1), (1, 1, 1, 1, 1), (2, 9, 2, 10, 1)]
    state = PairedCensus().observe(quotes(early), quotes(GOLDEN))
    assert (state.deltas, state.compared, state.all_equal) == (3, 1, 1)


def test_without_golden_nothing_is_compared() -> None:
    state = PairedCensus().observe(quotes(GOLDEN), quotes([]))
    assert (state.deltas, state.compared, state.golden_rows) == (4, 0, 0)


def test_quotes_as_of_ids_are_the_last_ones_before_them() -> None:
    own = quotes(GOLDEN).as_of(np.array([0, 1, 4, 5, 5, 40]))
    found = np.stack([np.asarray(column) for column in own], axis=1)
    assert table(found) == [
        (1, 9, 1, 10, 1),
        (4, 9, 2, 10, 1),
        *[(5, 8, 4, 10, 1)] * 2,
        (40, 8, 4, 11, 1),
    ]
    assert all(len(np.asarray(column)) == 0 for column in quotes([]).as_of(np.arange(3)))


@pytest.mark.parametrize("seed", range(20))
def test_each_quote_of_golden_is_compared_once(seed: int) -> None:
    rng, census = default_rng(seed), PairedCensus("quote")
    ours, theirs = pair(rng)
    theirs = [(n, *row[1:]) for n, row in enumerate(theirs)]  # golden is the coarser now
    stood = {quote[0]: [row for row in ours if row[0] <= quote[0]][-1:] for quote in theirs}
    as_stood = [(at, *rows[0][1:]) for at, rows in stood.items() if rows]
    expected = PairedCensus().observe(quotes(as_stood), quotes(theirs))
    found = census.observe(quotes(ours), quotes(theirs))
    assert found == expected
    assert found.compared == sum(at > 0 for at, *_ in as_stood)
    assert census.decode(census.encode(found)) == found


def test_what_is_compared_is_in_the_name() -> None:
    assert PairedCensus("row").key() == PairedCensus().key() != PairedCensus("quote").key()


def test_bad_quotes_are_named() -> None:
    census, good = PairedCensus(), quotes(GOLDEN)
    with pytest.raises(InputError, match="candidate quotes: update id 5 at row 1 descends"):
        census.observe(quotes(GOLDEN[::-1]), good)
    with pytest.raises(InputError, match="golden quotes: the five columns"):
        census.observe(good, good._replace(ask_lots=np.array([1])))


def test_a_row_out_of_its_turn_is_compared_all_the_same() -> None:
    rule = PairedRule(
        rows="r", id="id", fields=("a", "b", "c", "d"), min_compared=1, min_coverage="0"
    )
    values = {"id": [5, 9, 7, 7], "a": [1, 2, 3, 4], "b": [1] * 4, "c": [None] * 4, "d": [1] * 4}
    schema = pa.schema([(name, pa.int64()) for name in values])
    ours = candidate_quotes(rule, pa.table(values, schema=schema))
    assert ours.update_id.to_pylist() == [5, 7, 7, 9]
    assert [column.to_pylist() for column in ours[1:4:2]] == [[1, 3, 4, 2], [0] * 4]
    golden = Quotes(*map(np.array, ([1, 5, 7, 9], [9, 1, 4, 2], [1] * 4, [0] * 4, [1] * 4)))
    state = PairedCensus().observe(ours, golden)
    assert (state.compared, state.all_equal) == (4, 3)
