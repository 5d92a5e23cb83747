"""Steps made of book events: against a plain loop over them, and with every fault injected."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import load_contract
from karat.features import observe_market, rl_steps, step_table
from karat.features.decisions import EVERY, FAR, LONGEST_MS
from karat.features.known_again import known_market
from karat.features.market_steps import LENGTH
from karat.messages.schema import BOOK_EVENTS, Flag, Kind
from karat.simulation.trial_days import simulated_days
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample, judge_table

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "rl_steps.yaml")


@cache
def events(number: int = 0) -> pa.Table:
    days = simulated_days("sim-usdm-abc", 2, seed=5, messages_per_day=9000)
    return list(days)[number].events


def plain_decisions(rows: list[dict[str, Any]]) -> list[int]:
    """Return the rows of decision points, event by event."""
    found, whole = [], 0
    for at, row in enumerate(rows):
        sides = row["best_bid_ticks"] is not None and row["best_ask_ticks"] is not None
        live = row["flags"] & Flag.CLOSING and not row["flags"] & Flag.REPLAYED
        if live and sides and row["kind"] != Kind.TRADE:
            whole += 1
            if whole % EVERY == 0:
                found.append(at)
    return found


def plain_features(rows: list[dict[str, Any]]) -> list[tuple[int, ...]]:
    """Return the features of each decision point, one after another, as a person would."""
    found: list[tuple[int, ...]] = []
    at_points = plain_decisions(rows)
    middle = [rows[at]["best_bid_ticks"] + rows[at]["best_ask_ticks"] for at in at_points]
    for n, at in enumerate(at_points):
        row, begin = rows[at], at_points[n - 1] + 1 if n else 0
        lots = {
            way: sum(
                r["size_lots"]
                for r in rows[begin : at + 1]
                if r["kind"] == Kind.TRADE and r["side"] == way
            )
            for way in (1, -1)
        }
        trades = sum(r["kind"] == Kind.TRADE and r["side"] * r["size_lots"] != 0
                     for r in rows[begin : at + 1])  # fmt: skip
        bid, ask = row["best_bid_lots"], row["best_ask_lots"]
        waited = row["receive_time_ns"] - rows[at_points[n - 1]]["receive_time_ns"] if n else 0
        found.append((
            row["best_ask_ticks"] - row["best_bid_ticks"],
            1000 * (bid - ask) // (bid + ask),
            middle[n] - middle[max(n - 1, 0)],
            middle[n] - middle[max(n - FAR, 0)],
            1000 * (lots[1] - lots[-1]) // max(lots[1] + lots[-1], 1),
            trades,
            min(waited // 1_000_000, LONGEST_MS),
        ))  # fmt: skip
    return found


def test_what_is_observed_is_what_a_plain_loop_sees() -> None:
    table = events().slice(0, 6000)
    seen = observe_market(table)
    rows = table.to_pylist()
    assert seen.rows.tolist() == plain_decisions(rows)
    assert [tuple(one) for one in seen.features.tolist()] == plain_features(rows)
    assert len(seen.rows) > 40


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4000))
def test_more_events_change_nothing_of_what_was_observed(end: int) -> None:
    whole, part = observe_market(events().slice(0, 6000)), observe_market(events().slice(0, end))
    known = len(part.rows)
    assert part.rows.tolist() == whole.rows[:known].tolist()
    assert np.array_equal(part.features, whole.features[:known])


def test_what_is_done_and_gained_is_of_the_events_that_follow() -> None:
    table = events()
    rows, steps = table.to_pylist(), step_table(table).to_pylist()
    at_points = plain_decisions(rows)
    assert [step["event_row"] for step in steps] == at_points[:-1]
    for step, (now, later) in zip(steps, pairwise(at_points), strict=True):
        middle = (rows[later]["best_bid_ticks"] + rows[later]["best_ask_ticks"]) / 2
        gains = [rows[now]["best_bid_ticks"] - middle, 0, middle - rows[now]["best_ask_ticks"]]
        assert [step["sell"], step["hold"], step["buy"]] == [2 * gain for gain in gains]
        flow = sum(r["side"] * r["size_lots"] for r in rows[now + 1 : later + 1]
                   if r["kind"] == Kind.TRADE)  # fmt: skip
        assert step["action"] == 1 + np.sign(flow)
        assert step["reward_half_ticks"] == [step["sell"], 0, step["buy"]][step["action"]]
        cut = any(r["kind"] in (Kind.SNAPSHOT, Kind.CARRY) or r["best_bid_ticks"] is None
                  or r["best_ask_ticks"] is None for r in rows[now + 1 : later + 1])  # fmt: skip
        assert step["terminated"] == cut


def judged(table: pa.Table) -> dict[str, Finding]:
    found = judge_table(CONTRACT, TableSample("i/1", table), None)
    return {finding.name: finding for finding in found if finding.family == "invariants"}


def failed(table: pa.Table) -> set[str]:
    return {name for name, one in judged(table).items() if one.outcome is Outcome.FAIL}


@pytest.mark.parametrize("number", [0, 1])
def test_the_steps_of_a_clean_day_pass(number: int) -> None:
    table = step_table(events(number), known=known_market)
    assert failed(table) == set()
    assert judged(table)["episodes are whole"].numbers["checked"] == table.num_rows > 200
    assert pc.max(table["step"]).as_py() == LENGTH - 1


def put(name: str, at: int, value: int) -> pa.Table:
    table = step_table(events(), known=known_market)
    values = table[name].to_pylist()
    values[at] = value
    return table.set_column(
        table.schema.get_field_index(name), name, pa.array(values, table[name].type)
    )


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (("next_trades", 3, 10**6), "next observations are those of the next rows"),
        (("truncated", 5, 1), "episodes are whole"),
        (("truncated", -1, 0), "episodes are whole"),
        (("action", 5, 3), "actions are sell hold or buy"),
        (("hold", 5, 1), "nothing is gained by holding"),
        (("event_row", 5, 0), "event_row is rising"),
        (("spread_ticks", 5, 0), "there is a spread"),
    ],
)
def test_each_fault_in_finished_steps_fails(fault: tuple[str, int, int], found: str) -> None:
    assert found in failed(put(*fault))


@pytest.mark.parametrize("rows", [slice(0, 70), slice(1, None), slice(64, 150)])
def test_a_part_of_a_day_is_no_day(rows: slice) -> None:
    assert "episodes are whole" in failed(step_table(events(), known=known_market)[rows])


def test_rewards_must_be_what_the_action_gains() -> None:
    reward = step_table(events(), known=known_market)["reward_half_ticks"][9].as_py()
    assert any("lot gains what" in name for name in failed(put("reward_half_ticks", 9, reward + 1)))


@pytest.mark.parametrize("count", [0, 1, EVERY, 2 * EVERY])
def test_few_events_make_few_steps(count: int) -> None:
    row = {"sequence": 1, "previous_sequence": 0, "event_time_ns": 1, "receive_time_ns": 1}
    row |= {"kind": 2, "side": 1, "price_ticks": 9, "size_lots": 1, "best_bid_ticks": 9}
    row |= {"best_bid_lots": 1, "best_ask_ticks": 11, "best_ask_lots": 1, "spread_ticks": 2}
    table = pa.Table.from_pylist([row | {"flags": 1}] * count, schema=BOOK_EVENTS)
    steps = step_table(table)
    assert steps.num_rows == max(count // EVERY - 1, 0)
    assert set(steps.column_names) == set(CONTRACT.columns)
    assert failed(steps) == set()


def test_an_interrupted_book_terminates_an_episode() -> None:
    table = events()
    at = observe_market(table).rows[30] + 1
    kinds = table["kind"].to_numpy().copy()
    kinds[at] = Kind.SNAPSHOT
    broken = table.set_column(table.schema.get_field_index("kind"), "kind", pa.array(kinds))
    steps = step_table(broken)
    ended = np.flatnonzero(steps["terminated"].to_numpy())
    assert 30 in ended
    assert steps["step"][int(ended[0]) + 1].as_py() == 0
    assert failed(steps) == set()


def test_the_function_of_the_contract_reads_a_file(tmp_path: Path) -> None:
    pq.write_table(events(), tmp_path / "events.parquet")
    assert rl_steps(tmp_path / "events.parquet").equals(step_table(events()))
    assert CONTRACT.source.made_by == rl_steps.__name__
