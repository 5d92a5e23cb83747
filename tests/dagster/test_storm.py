"""A storm of events that change nothing, and one flipped value among them.

Runs are counted as Dagster's web page lists them, and reads as the kernel tells of opened files.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget

from karat.flow import published_root
from karat.lake.layout import LEDGER
from tests.dagster.noops import ENCODED, EVENTS, QUIET, Event, there_and_back
from tests.dagster.opened import data_files, opened
from tests.dagster.ticking import Watch, watching
from tests.dagster.web import Page

pytestmark = pytest.mark.e2e
COUNT = 200 if os.environ.get("KARAT_SOAK") else 22
RUNS = "{ runsOrError { ... on Runs { results { runId jobName status } } } }"


@pytest.fixture
def watch(tmp_path: Path, simulated: Any) -> Iterator[Watch]:
    """Return a watch over three days, and a restated first one, that were judged and published."""
    with watching(tmp_path, simulated, kept=True) as made:
        made.bring(*((n, day.raw) for n, day in enumerate(made.days)))
        assert made.go() == ["rebuild"]
        there_and_back(made)
        assert made.go() == ["rebuild"]
        yield made


def listed(watch: Watch) -> int:
    """Return how many runs Dagster's web page shows."""
    with WorkspaceProcessContext(watch.instance, EmptyWorkspaceTarget()) as process:
        return len(Page(process).ask(RUNS)["runsOrError"]["results"])


def verdicts(watch: Watch) -> set[str]:
    """Return where the ledger holds verdicts, each for good."""
    return {one.path for one in watch.lake.list(LEDGER, "verdicts/")}


def flipped(raw: pa.Table) -> pa.Table:
    """Return the capture with one digit of the size of one trade another."""
    payloads = raw.column("payload").to_pylist()
    at = next(n for n, said in enumerate(payloads) if n > 1000 and '@trade"' in said)
    head, mark, tail = payloads[at].partition('"q":"')
    payloads[at] = head + mark + ("1" if tail[0] == "0" else "0") + tail[1:]
    where = raw.column_names.index("payload")
    return raw.set_column(where, raw.schema.field(where), pa.array(payloads, pa.string()))


def befall(watch: Watch, event: Event) -> list[str]:
    """Let an event befall the lake and the sensors come to rest; return what was opened."""
    event(watch)
    with opened(data_files(watch.lake)) as files:
        watch.go()
    return files


def test_only_what_changed_is_read_or_judged(watch: Watch) -> None:
    """Whatever befalls the lake; then one digit is another, among all that might hide it."""
    order = random.Random(7)  # noqa: S311 - the same storm each time
    events = [*EVENTS, *order.choices(EVENTS, k=COUNT - len(EVENTS))]
    order.shuffle(events)
    known, root = verdicts(watch), published_root(watch.lake, "book_events")
    for event in events:
        runs = listed(watch)
        read = befall(watch, event)
        assert len(read) == (event in ENCODED), event.__name__
        assert listed(watch) - runs <= (event in ENCODED) + 2 * (event is there_and_back)
    assert verdicts(watch) == known
    assert published_root(watch.lake, "book_events") == root
    runs = listed(watch)
    for event in (*QUIET, lambda one: one.bring((1, flipped(one.days[1].raw))), *QUIET):
        event(watch)
    assert watch.go() == ["rebuild"]
    assert listed(watch) == runs + 1
    first, dependant = watch.partitions[1:]
    new = {path.rpartition("/")[0] for path in verdicts(watch) - known}
    assert new - {"verdicts/book_events/root"} == {
        f"verdicts/book_events/{day}" for day in (first, dependant)
    }
