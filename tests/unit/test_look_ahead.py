"""Look-ahead: each feature in each row is held to what was known there; no tick is too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.features import (
    Observed,
    cut_behind,
    known_market,
    market_steps,
    observe_market,
    step_table,
)
from karat.features.decisions import FAR, FEATURES, Int64s
from karat.features.known_again import NOWHERE
from karat.verdicts import Outcome
from tests.unit.test_features import events, failed, judged


def ahead(feature: str) -> Callable[[pa.Table], Observed]:
    """Return the features with one of them taken from the event after the decision point."""
    at = FEATURES.index(feature)

    def observe(table: pa.Table) -> Observed:
        seen = observe_market(table)
        spread = pc.subtract(table["best_ask_ticks"], table["best_bid_ticks"])
        after = np.minimum(seen.rows + 1, table.num_rows - 1)
        bid, ask = (table[f"best_{side}_lots"].take(after).to_numpy() for side in ("bid", "ask"))
        early = {"spread_ticks": spread.take(after).to_numpy(),
                 "imbalance_permille": 1000 * (bid - ask) // np.maximum(bid + ask, 1)}  # fmt: skip
        features = seen.features.copy()
        features[:, at] = early[feature]
        return Observed(seen.rows, features)

    return observe


@pytest.mark.parametrize("feature", ["spread_ticks", "imbalance_permille"])
def test_a_feature_that_sees_the_next_event_fails(feature: str) -> None:
    assert failed(step_table(events(), ahead(feature))) >= {f"{feature} is not known early"}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_stamped_one_step_early_fails(feature: str) -> None:
    def observe(table: pa.Table) -> Observed:
        seen = observe_market(table)
        at = FEATURES.index(feature)
        features = seen.features.copy()
        features[:-1, at] = features[1:, at]
        return Observed(seen.rows, features)

    assert failed(step_table(events(), observe)) >= {f"{feature} is not known early"}


def early_once(at: int, feature: int) -> Callable[[pa.Table], Observed]:
    """Return the features, one of them in one row taken from the next decision point."""

    def observe(table: pa.Table) -> Observed:
        seen = observe_market(table)
        features = seen.features.copy()
        if at + 1 < len(features):
            features[at, feature] = features[at + 1, feature]
        return Observed(seen.rows, features)

    return observe


@pytest.mark.parametrize("known", [known_market, None])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_one_row_alone_stamped_early_fails_and_is_named(known: Any, data: st.DataObject) -> None:
    table = events().slice(0, 20_000)
    seen = observe_market(table).features[:-1]
    feature = data.draw(st.integers(0, len(FEATURES) - 1))
    at = data.draw(st.sampled_from(np.flatnonzero(np.diff(seen[:, feature])).tolist()))
    steps = step_table(table, early_once(at, feature), known)
    found = judged(steps)[f"{FEATURES[feature]} is not known early"]
    assert found.outcome is Outcome.FAIL
    assert found.numbers["violations"] == 1
    assert found.numbers["checked"] == steps.num_rows
    row = steps["event_row"][at].as_py()
    assert str(row) in found.reason


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["event_row", "receive_time_ns"]))
def test_one_stamp_a_tick_early_in_the_finished_file_fails(at: int, stamp: str) -> None:
    table = step_table(events(), known=known_market)
    values = table[stamp].to_numpy().copy()
    values[at % len(values)] -= 1
    table = table.set_column(table.schema.get_field_index(stamp), stamp, pa.array(values))
    assert f"{stamp} is not stamped early" in failed(table)


@pytest.mark.parametrize("known", [known_market, None])
@pytest.mark.parametrize("stamp", ["event_row", "receive_time_ns"])
@pytest.mark.parametrize("which", [slice(None), slice(37, 38)])
def test_a_stamp_that_is_made_a_tick_early_fails_and_is_named(
    known: Any, stamp: str, which: slice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what makes the steps itself, in all rows and in one: nothing is taken from its stamps."""
    made, name = market_steps._stamps, f"{stamp} is not stamped early"
    table = events().slice(0, 10_000)
    assert judged(step_table(table, known=known))[name].outcome is Outcome.PASS

    def early(table: pa.Table, seen: Observed, steps: int) -> dict[str, Int64s]:
        stamps = made(table, seen, steps)
        values = stamps[stamp].copy()
        values[which] -= 1
        return stamps | {stamp: values}

    monkeypatch.setattr(market_steps, "_stamps", early)
    steps = step_table(table, known=known)
    found = judged(steps)[name]
    assert found.outcome is Outcome.FAIL
    assert found.numbers["violations"] == len(steps["event_row"][which])
    assert str(steps["event_row"][which][0]) in found.reason


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_what_is_known_at_a_row_is_of_no_event_after_it(data: st.DataObject) -> None:
    table = events().slice(0, data.draw(st.integers(0, 9000)))
    seen = observe_market(table)
    again = known_market(table, seen.rows)
    assert np.array_equal(again.features, seen.features)
    assert np.array_equal(again.rows, seen.rows)
    if len(seen.rows):
        at = data.draw(st.integers(0, len(seen.rows) - 1))
        row = seen.rows[at : at + 1]
        alone = known_market(table.slice(0, int(row[0]) + 1), row)
        assert np.array_equal(alone.features[0], again.features[at])
        assert alone.rows.tolist() == row.tolist()
        assert all((one == NOWHERE).all() for one in known_market(table, row - 1))


def test_a_stream_cut_behind_each_row_tells_the_same() -> None:
    table = events().slice(0, 20_000)
    seen = observe_market(table)
    found = cut_behind(observe_market)(table, seen.rows)
    assert np.array_equal(found.features, seen.features)
    assert np.array_equal(found.rows, seen.rows)
    short = cut_behind(observe_market, memory=FAR - 1)(table, seen.rows)
    assert not np.array_equal(short.features, seen.features), (
        "momentum looks ten decision points back"
    )


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_moved_in_the_finished_file_fails(feature: str) -> None:
    table = step_table(events(), known=known_market)
    for name in (feature, f"next_{feature}"):
        values = table[name].combine_chunks()
        moved = pa.concat_arrays([values[1:], values[-1:]])
        table = table.set_column(table.schema.get_field_index(name), name, moved)
    assert f"{feature} is not known early" in failed(table)


def test_decisions_that_move_with_what_comes_later_fail() -> None:
    def observe(table: pa.Table) -> Observed:
        seen = observe_market(table)
        first = table.num_rows % 3
        return Observed(seen.rows[first::3], seen.features[first::3])

    early = [name for name in failed(step_table(events(), observe)) if "not known early" in name]
    assert len(early) == len(FEATURES)
