"""Steps of episodes: whole ones pass, and each fault is found where counting by hand finds it."""

from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract, parse_contract
from karat.contracts.episodes_rule import LINKED, WHOLE_EPISODES
from karat.errors import ContractError, InputError
from karat.explanation import Evidence, explained
from karat.states import EpisodeLinks, EpisodeSteps, InvariantState
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample, judge_table

Steps = dict[str, list[Any]]
RULE = {
    "episode": "episode",
    "step": "step",
    "action": "action",
    "reward": "reward",
    "terminated": "terminated",
    "truncated": "truncated",
    "observation": ["a", "b"],
    "next_observation": ["next_a", "next_b"],
    "seen": ["seen_a", "seen_b"],
}
OBSERVED = ("a", "b")
EARLY = "a is not known early"


def body(**changes: Any) -> dict[str, Any]:
    rule = RULE | changes
    named = [n for part in rule.values() for n in ([part] if isinstance(part, str) else part)]
    columns = {name: {"type": "int64", "unit": name, "nullable": True} for name in ["at", *named]}
    said = {"dataset": "steps", "first_day": "2024-01-01", "locator": "at", "columns": columns}
    return {**said, "families": {"invariants": "gate"}, "episodes": rule}


CONTRACT = Contract.model_validate(body())


def whole(lengths: list[int]) -> Steps:
    """Return episodes of these lengths; every fifth row and the last one was looked at again."""
    rows: Steps = {name: [] for name in CONTRACT.columns}
    for episode, length in enumerate(lengths):
        for step in range(length):
            at, ends = len(rows["at"]), step == length - 1
            row: dict[str, Any] = {
                "at": 10 * at,
                "episode": episode,
                "step": step,
                "action": 0,
                "reward": 0,
            }
            row |= {"terminated": int(ends and episode % 2), "truncated": int(ends)}
            row |= {"a": at % 7, "b": at, "next_a": (at + 1) % 7, "next_b": at + 1}
            looked = at % 5 == 0 or (ends and episode == len(lengths) - 1)
            row |= {f"seen_{n}": row[n] if looked else None for n in OBSERVED}
            for name in rows:
                rows[name].append(row[name])
    return rows


def judged(rows: Steps, contract: Contract = CONTRACT) -> dict[str, Finding]:
    """Return the findings, each of which says what counting by hand says."""
    table = pa.table({name: pa.array(values, pa.int64()) for name, values in rows.items()})
    found = judge_table(contract, TableSample("i/1", table), None)
    for finding in found:
        worked = explained(Evidence(contract, table, {}, [finding]), finding)
        assert worked.agrees or not table.num_rows, (finding, worked.numbers)
    return {finding.name: finding for finding in found}


def failed(rows: Steps) -> set[str]:
    return {n for n, finding in judged(rows).items() if finding.outcome is Outcome.FAIL}


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_whole_episodes_pass(lengths: list[int]) -> None:
    found = judged(whole(lengths))
    assert {finding.outcome for finding in found.values()} == {Outcome.PASS}
    assert list(found) == [EARLY, "b is not known early", WHOLE_EPISODES, LINKED]
    assert found[WHOLE_EPISODES].numbers["checked"] == sum(lengths)


def put(**values: Any) -> Callable[[Steps, int], None]:
    def change(rows: Steps, at: int) -> None:
        for name, value in values.items():
            rows[name][at] = value

    return change


def dropped(rows: Steps, at: int) -> None:
    for values in rows.values():
        del values[at]


def twice(rows: Steps, at: int) -> None:
    for values in rows.values():
        values.insert(at, values[at])


def early(rows: Steps, _at: int) -> None:
    """Stamp a feature one step early, with what is said to come next: all agrees but in time."""
    rows["a"] = [*rows["a"][1:], rows["a"][-1] + 1]
    rows["next_a"] = [*rows["next_a"][1:], 0]


@pytest.mark.parametrize(
    ("fault", "at", "found"),
    [
        (put(truncated=1), 1, {WHOLE_EPISODES}),  # and rows after an end
        (put(terminated=1), 1, {WHOLE_EPISODES}),
        (put(truncated=0, terminated=0), 3, {WHOLE_EPISODES}),  # no end
        (put(truncated=0, terminated=0), -1, {WHOLE_EPISODES}),
        (put(truncated=2), -1, {WHOLE_EPISODES}),
        (put(truncated=2), 0, {WHOLE_EPISODES}),
        (put(truncated=None), 1, {WHOLE_EPISODES}),
        (put(episode=7), 6, {WHOLE_EPISODES}),
        (put(seen_a=None), -1, {WHOLE_EPISODES}),  # nothing was looked at again
        (dropped, 2, {WHOLE_EPISODES, LINKED}),
        (dropped, 0, {WHOLE_EPISODES}),
        (dropped, 4, {WHOLE_EPISODES}),  # the next episode begins with its second step
        (twice, 1, {WHOLE_EPISODES, LINKED}),
        (put(a=6), 2, {LINKED}),
        (put(next_b=None), 1, {LINKED}),
        (put(next_a=9), 3, set()),  # after an end nothing is said to come next
        (early, 0, {EARLY}),
    ],
)
def test_each_fault_is_found(fault: Callable[[Steps, int], None], at: int, found: set[str]) -> None:
    rows = whole([4, 4, 3])
    assert failed(rows) == set()
    fault(rows, at)
    assert failed(rows) == found


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from([*CONTRACT.columns]), st.integers(0), st.integers(-1, 2))),
)
def test_any_faults_are_counted_as_by_hand(
    lengths: list[int], faults: list[tuple[str, int, int]]
) -> None:
    rows = whole(lengths)
    for name, at, value in faults:
        rows[name][at % len(rows[name])] = value
    judged(rows)


def test_no_rows_leave_all_open() -> None:
    assert {f.outcome for f in judged(whole([])).values()} == {Outcome.INCONCLUSIVE}


@given(st.lists(st.integers(0, 23), max_size=4), st.integers(0, 3))
def test_the_first_offender_is_found_in_whatever_pieces(cuts: list[int], seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 2, (24, 7))
    rows[:, -1] = np.arange(24)
    edges = [0, *sorted(cuts), 24]
    for stat in (EpisodeSteps(), EpisodeLinks(1)):
        pieces = [stat.observe(*rows[a:b].T) for a, b in pairwise(edges)]
        assert reduce(stat.merge, pieces, stat.empty()) == stat.observe(*rows.T)
    state = EpisodeSteps().observe(*rows.T)
    assert EpisodeSteps().whole(EpisodeSteps().empty()) == InvariantState()
    assert EpisodeSteps().whole(state).violations >= state.inner.violations


def test_wrong_columns_are_refused() -> None:
    for stat in (EpisodeSteps(), EpisodeLinks(2)):
        with pytest.raises(InputError, match="columns"):
            stat.observe(*[[1]] * 4)
        with pytest.raises(InputError, match="float"):
            stat.observe(*[np.array([0.5])] * 9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seen": ["seen_a"]}, "1 columns beside 2 of `observation`"),
        ({"next_observation": ["a", "b", "a"]}, "3 columns beside 2"),
        ({"observation": []}, "at least 1"),
    ],
)
def test_columns_stand_side_by_side(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        parse_contract(str(body(**changes)), "here")


def test_names_and_types_are_looked_at() -> None:
    wrong = body()
    wrong["columns"]["a"]["type"] = "double"
    with pytest.raises(ContractError, match="'a' is double; whole numbers"):
        parse_contract(str(wrong), "here")
    wrong = body()
    del wrong["columns"]["next_b"]
    with pytest.raises(ContractError, match="no column 'next_b'"):
        parse_contract(str(wrong), "here")
    wrong = body()
    wrong["invariants"] = [{"name": EARLY, "left": "a", "op": "<", "right": 9}]
    with pytest.raises(ContractError, match="kept for another rule"):
        parse_contract(str(wrong), "here")
