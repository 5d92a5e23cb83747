"""What was measured: the same after it was written and read; a contract's shape says of what."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.judged_days import shipped
from karat.contracts import Contract
from karat.contracts.shape import shape
from karat.distances import Containment, Distance
from karat.golden import ChunkProfile
from karat.states import InvariantState, TradeCensusState, TradeOffender
from karat.states.census_state import CensusState, Offender
from karat.states.sequence_state import SequenceState, Tally
from karat.verdicts.copies import Copied
from karat.verdicts.facts import Facts, Far
from karat.verdicts.facts_format import facts_of_plain, plain_facts
from karat.verdicts.stretches import KeptProfile

COUNT, NAMES = st.integers(0, 2**63 - 1), st.text(min_size=1, max_size=8)
SHARE = st.fractions(0, 1)
PROFILES = st.builds(ChunkProfile, COUNT, COUNT, COUNT, SHARE, COUNT, SHARE, SHARE)
FAR = st.builds(
    Far,
    st.builds(lambda a, b, n: Distance(min(a, b), max(a, b), n), SHARE, SHARE, COUNT),
    st.none() | st.fractions(0, 10**9),
    st.booleans(),
    st.none() | PROFILES,
)
VALUES = st.tuples(*[st.integers(-5, 5)] * 4)
OFFENDERS = st.builds(Offender, COUNT, VALUES, VALUES, st.sampled_from(["rebuild", "golden"]))
CENSUS = st.builds(
    CensusState,
    deltas=COUNT,
    compared=COUNT,
    equal=VALUES,
    longest_run=COUNT,
    offenders=st.lists(OFFENDERS, max_size=3).map(tuple),
    longest_first=st.none() | OFFENDERS,
)
TRADES = st.builds(
    TradeCensusState,
    trades=COUNT,
    covered=COUNT,
    offenders=st.just(()) | st.just((TradeOffender(7, "differs", (1, 2, 3, 4), (1, 2, 3, 5)),)),
)
SEQUENCE = st.builds(
    SequenceState,
    st.builds(Tally, *[COUNT] * 11),
    st.lists(st.tuples(COUNT, COUNT), max_size=1).map(tuple),
)
COPIES = st.builds(
    Copied, st.booleans(), st.none() | st.builds(Containment, COUNT, COUNT, st.booleans())
)
FACTS = st.builds(
    Facts,
    st.dictionaries(NAMES, st.builds(InvariantState, COUNT, COUNT, st.none() | COUNT), max_size=3),
    st.none() | COPIES,
    st.none() | SEQUENCE,
    st.none() | CENSUS,
    st.none() | TRADES,
    st.dictionaries(NAMES, FAR, max_size=3),
)


@given(FACTS)
def test_facts_are_the_same_when_they_were_written_and_read(facts: Facts) -> None:
    text = json.dumps(plain_facts(facts))
    again = facts_of_plain(json.loads(text))
    assert again._replace(far={}) == facts._replace(far={})
    assert again.far.keys() == facts.far.keys()
    for name, one in facts.far.items():
        found = again.far[name]
        assert found[:3] == one[:3]
        assert (found.profile is None) is (one.profile is None)
        if found.profile and one.profile:
            assert told(found.profile) == told(one.profile)
    assert json.dumps(plain_facts(again)) == text


def told(one: Any) -> list[Any]:
    names = ("start_ns", "width_ns", "rows", "distance", "chunks", "median", "p95")
    assert all(isinstance(getattr(one, n), Fraction) for n in ("distance", "median", "p95"))
    return [getattr(one, name) for name in names]


def test_a_profile_that_is_kept_is_kept_again() -> None:
    one = ChunkProfile(1, 2, 3, Fraction(4, 5), 6, Fraction(7, 8), Fraction(9, 10))
    kept = KeptProfile.of(one)
    assert KeptProfile.of(kept) == kept


BODY = shipped().model_dump(mode="json", by_alias=True)


def edited(path: str, value: Any) -> Contract:
    """Return the shipped contract with the value at a path of keys and places exchanged."""
    body: Any = json.loads(json.dumps(BODY))
    *way, last = (int(key) if key.isdigit() else key for key in path.split("/"))
    part = body
    for key in way:
        part = part[key]
    assert part[last] != value, path
    part[last] = value
    return Contract.model_validate(body)


THRESHOLDS = {
    "families/paired": "warn",
    "invariants/0/allowance": 7,
    "invariants/0/severity": "warn",
    "ordering/0/allowance": 7,
    "book/allowance": 7,
    "copies/allowance": "0.9",
    "sequence/gaps": 7,
    "paired/min_compared": 7,
    "paired/min_coverage": "0.1",
    "paired/golden_suspect": "0.9",
    "paired/trades/differing": "0.9",
    "unpaired/alpha": "0.2",
    "unpaired/worst_chunk": "warn",
    "unpaired/distances/0/tolerance": "0.77",
    "unpaired/distances/0/min_rows": 7,
    "unpaired/distances/0/severity": "warn",
}
MEASURED = {
    "invariants/0/op": "!=",
    "invariants/0/name": "another name",
    "copies/width": 9,
    "paired/each": "quote",
    "unpaired/worst_chunk": "none",
    "unpaired/blocks/cuts": 9,
    "unpaired/distances/0/tolerance": None,
    "unpaired/distances/0/cells": 77,
    "first_day": "1999-01-01",
    "locator": "event_time_ns",
}


@pytest.mark.parametrize("path", THRESHOLDS)
def test_a_threshold_is_no_part_of_the_shape(path: str) -> None:
    contract = edited(path, THRESHOLDS[path])
    assert contract.digest != shipped().digest
    assert shape(contract) == shape(shipped())


@pytest.mark.parametrize("path", MEASURED)
def test_all_else_is(path: str) -> None:
    assert shape(edited(path, MEASURED[path])) != shape(shipped())
