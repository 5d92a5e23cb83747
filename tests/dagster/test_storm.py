"""A storm of events that change nothing, and one flipped value among them, over real processes.

Runs are counted as Dagster's web page lists them, and reads as the kernel tells of opened files.
"""

import datetime as dt
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from karat.assets.partitions import key_of
from karat.flow import published_root
from karat.simulation import simulate
from tests.dagster.noops import ENCODED, QUIET, Event, Place, back, raw_encoded_anew, there
from tests.dagster.served import Served
from tests.dagster.storming import Storm, storming

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own_server")]
ROUNDS, EVENTS = (5, 40) if os.environ.get("KARAT_SOAK") else (1, 20)
DATES = [dt.date(2024, 1, day) for day in (1, 2, 3)]


@pytest.fixture
def storm(own_server: Served, tmp_path: Path) -> Iterator[Storm]:
    """Return three days, and all of them with a restated first one, judged and published."""
    days = simulate(
        "sim-usdm-storm", DATES, seed=1, messages_per_day=3000, without_snapshot=[DATES[2]]
    )
    with storming(own_server, tmp_path, tuple(days)) as made:
        made.bring(*((n, day.raw) for n, day in enumerate(made.days)))
        made.looked()
        there(made)
        raw_encoded_anew(made)  # so that all three are judged together anew
        made.rest()
        yield made
        made.bring((1, made.days[1].raw))


def flipped(raw: pa.Table) -> pa.Table:
    """Return the capture with one digit of the size of one trade another."""
    payloads = raw.column("payload").to_pylist()
    at = next(n for n, said in enumerate(payloads) if n > 1000 and '@trade"' in said)
    head, mark, tail = payloads[at].partition('"q":"')
    payloads[at] = head + mark + ("1" if tail[0] == "0" else "0") + tail[1:]
    where = raw.column_names.index("payload")
    return raw.set_column(where, raw.schema.field(where), pa.array(payloads, pa.string()))


def flip(place: Place) -> None:
    place.bring((1, flipped(place.days[1].raw)))


def shuffled(order: random.Random, *events: Event) -> list[Event]:
    """Return events among all quiet ones, and more of these."""
    more = order.choices(QUIET, k=EVENTS // 2 - len(QUIET) - len(events))
    return order.sample(found := [*events, *QUIET, *more], len(found))


def test_only_what_changed_is_read_or_judged(storm: Storm) -> None:
    """Whatever befalls the lake; then one digit is another, among all that might hide it.

    What was judged before, restated and put back, is published by runs that read nothing.
    """
    order = random.Random(7)  # noqa: S311 - the same storm each time
    known, root = storm.verdicts(), published_root(storm.lake, "book_events")
    for _ in range(ROUNDS):
        before = storm.runs()
        second, first = ENCODED
        storm.befall(shuffled(order, back, first))
        storm.befall_while_down(shuffled(order, there, second))
        assert len(storm.runs()) - len(before) <= 4
    storm.rest()
    expected = [path(storm, 1) for path in ENCODED.values()] * ROUNDS
    assert sorted(storm.opened.collect()) == sorted(expected)
    assert storm.verdicts() == known
    assert published_root(storm.lake, "book_events") == root
    before = storm.runs()
    storm.befall(shuffled(order, flip))
    storm.rest()
    (new,) = storm.runs().keys() - before.keys()
    assert str(key_of(storm.partitions[1])) in storm.runs()[new].values()
    changed, dependant = storm.partitions[1:]
    judged = {path.rpartition("/")[0] for path in storm.verdicts() - known}
    assert judged - {"verdicts/book_events/root"} == {
        f"verdicts/book_events/{day}" for day in (changed, dependant)
    }
