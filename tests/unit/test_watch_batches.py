"""Runs asked for in turns: all in the end, none too large, no tenant behind another's backlog."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import NOBODY, RunsRule
from karat.lake.layout import Partition
from karat.watch import Seen, batched

TENANTS = {"a": ("a-*",), "b": ("b-spot-*", "b-usdm-x"), "all_else": ("?-usdm-*",)}
names = st.sampled_from(["a-spot-x", "a-usdm-y", "b-spot-x", "b-usdm-x", "b-usdm-y", "c-spot-z"])
partitions = st.builds(
    lambda name, n: Partition(name, f"2024-01-{n:02}"), names, st.integers(1, 28)
)
rules = st.builds(
    RunsRule, partitions=st.integers(1, 8), at_once=st.integers(1, 4), tenants=st.just(TENANTS)
)


def test_the_first_pattern_that_fits_has_an_instrument() -> None:
    rule = RunsRule(tenants=TENANTS)
    asked = ["a-usdm-y", "b-spot-x", "b-usdm-x", "b-usdm-y", "c-spot-z"]
    assert [rule.tenant_of(name) for name in asked] == ["a", "b", "b", "all_else", NOBODY]


@given(st.frozensets(partitions, max_size=60), rules)
def test_all_are_asked_for_once_and_in_order(waiting: frozenset[Partition], rule: RunsRule) -> None:
    left, asked, turn = set(waiting), list[Partition](), 0
    while left:
        found = batched(left, rule, turn)
        assert 0 < len(found) <= rule.at_once
        for batch in found:
            assert 0 < len(batch.partitions) <= rule.partitions
            assert {rule.tenant_of(one.instrument) for one in batch.partitions} == {batch.tenant}
        now = [one for batch in found for one in batch.partitions]
        places = [one.instrument for batch in found for one in set(_instruments(batch.partitions))]
        assert max(Counter(places).values()) == 1, "an instrument is in one run at a time"
        asked, turn = asked + now, turn + 1
        left -= set(now)
    assert Counter(asked) == Counter(waiting)
    for name in {one.instrument for one in waiting}:
        own = [one for one in asked if one.instrument == name]
        assert own == sorted(own)


def _instruments(days: tuple[Partition, ...]) -> set[Partition]:
    return {Partition(one.instrument, "2024-01-01") for one in days}


@given(st.integers(0, 50), st.integers(1, 4), st.integers(1, 6))
def test_nobody_waits_for_anothers_backlog(turn: int, at_once: int, tenants: int) -> None:
    """Of so many tenants each has a run within one round, however much the others have."""
    rule = RunsRule(
        partitions=1, at_once=at_once, tenants={f"t{n}": (f"t{n}-*",) for n in range(tenants)}
    )
    waiting = {Partition(f"t{n}-x-{i}", "2024-01-01") for n in range(tenants) for i in range(30)}
    looks = range(turn, turn + -(-tenants // at_once))
    served = {batch.tenant for look in looks for batch in batched(waiting, rule, look)}
    assert len(served) == tenants


def test_nothing_asks_for_nothing() -> None:
    assert batched([], RunsRule()) == []


@given(
    st.frozensets(partitions, max_size=60), st.dictionaries(names, st.text("0af")), st.booleans()
)
def test_a_cursor_is_read_as_it_was_written(
    waiting: frozenset[Partition], roots: dict[str, str], whole: bool
) -> None:
    seen = Seen(7, "c" * 64, "r", roots, waiting, whole)
    assert Seen.decode(seen.encode()) == seen
    assert "\n" not in seen.encode()
