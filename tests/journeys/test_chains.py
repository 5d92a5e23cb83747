"""A chain of days on two audit branches is not stuck: a whole rebuild brings it together."""

from typing import Any

import pyarrow as pa
import pytest

from karat.errors import GateRefused
from karat.flow import newest_refs, validate
from karat.lake.layout import MAIN, Partition
from karat.simulation import corrected

pytestmark = pytest.mark.e2e

BEFORE, BARE = (Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in (5, 6))
ALONE = Partition("sim-spot-bbb", "2024-03-02")


def deeper(raw: pa.Table, price: int) -> pa.Table:
    """Return a day whose book has one more bid, far away, and so closes with another book."""
    at = raw.schema.get_field_index("payload")
    texts, streams = raw["payload"].to_pylist(), raw["stream"].to_pylist()
    row = streams.index("rest_snapshot")
    texts[row] = texts[row].replace('"bids":[', f'"bids":[["{price}.00","1.000"],')
    return raw.set_column(at, raw.schema.field(at), pa.array(texts))


def waiting(place: Any, *wanted: Partition) -> dict[str, list[Partition]]:
    return newest_refs(place.lake, place.contract, wanted or None, store=place.store)


def audits(place: Any) -> dict[str, list[Partition]]:
    return {ref: days for ref, days in waiting(place).items() if ref != MAIN}


def apart(place: Any, price: int) -> tuple[str, str]:
    """Restate and rebuild a day, then the one that opens with its book; return both branches."""
    place.restate(BEFORE, deeper(place.raw(BEFORE), price))
    first = place.rebuild(BEFORE)
    assert set(first.rebuilt) == {BEFORE, BARE}
    raw = place.raw(BARE)
    for _ in range(price):
        raw = corrected(raw)
    place.restate(BARE, raw)
    second = place.rebuild(BARE)
    place.validate(first.branch)
    place.validate(second.branch)
    return first.branch, second.branch


@pytest.mark.parametrize("price", range(1, 3))
def test_two_branches_come_together(place: Any, price: int) -> None:
    """Whatever the branches' names, which are digests, are sorted like."""
    assert len(set(apart(place, price))) == 2
    whole = place.prove()
    assert audits(place) == {whole: [BEFORE, BARE]}
    assert place.publish(whole).published == (BEFORE, BARE)
    assert audits(place) == {}
    assert place.cut().version == "1.0.1"


def test_a_part_of_a_chain_is_refused_with_what_to_do(place: Any) -> None:
    first, _ = apart(place, 1)
    with pytest.raises(GateRefused, match="rebuild the two in one call"):
        place.publish(first, BEFORE)


def test_days_that_do_not_hang_together_may_lie_apart(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    spot = place.rebuild(ALONE).branch
    place.restate(BEFORE, corrected(place.raw(BEFORE)))
    futures = place.rebuild(BEFORE).branch
    assert audits(place) == {spot: [ALONE], futures: [BEFORE]}
    assert waiting(place, ALONE) == {spot: [ALONE]}
    assert BARE in waiting(place)[MAIN]
    assert waiting(place, BARE) == {MAIN: [BARE]}


def test_nothing_is_nowhere(place: Any, bare_place: Any) -> None:
    assert waiting(bare_place) == {}
    assert set(waiting(place)) == {MAIN}
    assert newest_refs(place.lake, place.contract, [], store=place.store) == {}
    never = Partition("sim-usdm-aaa", "2025-01-01")
    assert waiting(place, never) == {}


def test_a_partition_named_twice_is_judged_once(place: Any) -> None:
    result = validate(place.lake, place.contract, MAIN, [ALONE, ALONE], store=place.store)
    assert (list(result.verdicts), result.cached) == ([ALONE], 1)
