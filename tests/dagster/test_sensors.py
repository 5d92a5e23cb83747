"""Sensors over a day of changes: what is asked for, once, and answered from what is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from karat.flow import published_root
from karat.simulation import corrected
from tests.dagster.ticking import Watch, watching


@pytest.fixture
def watch(tmp_path: Path, simulated: Any) -> Iterator[Watch]:
    with watching(tmp_path, simulated) as made:
        yield made


def over(watch: Watch) -> list[str]:
    """Return the partitions of the last run, as its tags name them."""
    tags = watch.runs[-1][1]
    return [tags[key] for key in sorted(tags) if key != "tenant"]


def test_from_nothing_to_published_and_back_again(watch: Watch) -> None:
    assert watch.go() == [], "there is nothing yet"
    watch.bring(*((n, day.raw) for n, day in enumerate(watch.days)))
    assert watch.go() == ["rebuild"], "new days, a new instrument: one run"
    assert watch.runs[-1][2]
    assert watch.instance.get_dynamic_partitions("instrument") == [watch.days[0].instrument]
    first = published_root(watch.lake, "book_events")
    watch.bring((0, watch.days[0].raw))
    assert watch.go() == [], "the same bytes once more"
    watch.bring((0, corrected(watch.days[0].raw)))
    assert watch.go() == ["rebuild"]
    second = published_root(watch.lake, "book_events")
    watch.bring((0, watch.days[0].raw))
    assert watch.go() == ["rebuild"], "asked again, though it was asked before"
    assert published_root(watch.lake, "book_events") == first != second
