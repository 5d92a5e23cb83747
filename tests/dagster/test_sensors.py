"""Sensors over a day of changes: what is asked for, once, and answered from what is known."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckEvaluation

from karat.errors import KaratError
from karat.flow import published_root
from karat.lake.layout import MAIN
from karat.simulation import corrected, lost_deltas
from tests.dagster.noops import encoded_anew, raw
from tests.dagster.opened import data_files, opened
from tests.dagster.ticking import ASKING, Watch, watching


@pytest.fixture
def watch(tmp_path: Path, simulated: Any) -> Iterator[Watch]:
    with watching(tmp_path, simulated) as made:
        yield made


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


def test_a_capture_in_another_encoding_is_all_that_is_read_where_no_cursor_is_known(
    watch: Watch,
) -> None:
    """The third day opens with the second one's book, of which no build is known by its name."""
    watch.bring(*((n, day.raw) for n, day in enumerate(watch.days)))
    watch.go()
    encoded_anew(watch, raw(watch, 1))
    watch.cursors.clear()
    with opened(data_files(watch.lake)) as files:
        assert watch.go() == ["rebuild"]
    assert files == [raw(watch, 1)]


def test_another_contract_is_judged_once_and_back_without_reading(watch: Watch) -> None:
    watch.bring(*((n, day.raw) for n, day in enumerate(watch.days)))
    watch.go()
    text = watch.settings.contract.read_text()
    rules = watch.folder.parent / "rules.yaml"
    watch.settings = replace(watch.settings, contract=rules)
    rules.write_text(text + "\n# said otherwise\n")
    watch.load()
    assert watch.go() == [], "the same rules in another file"
    for said in (re.sub(r"min_coverage: \S+", 'min_coverage: "0.5"', text), text):
        rules.write_text(said)
        with opened(data_files(watch.lake)) as files:
            assert watch.go() == ["revalidate"]
        assert files == []
        assert watch.runs[-1][1] == {"tenant": "default"}, "over everything, and of somebody"
    assert watch.go() == []


def test_a_partition_that_fails_holds_up_no_other(watch: Watch) -> None:
    rules = watch.folder.parent / "rules.yaml"
    rules.write_text(watch.settings.contract.read_text() + "\nbreaker: {failures: 9}\n")
    watch.settings = replace(watch.settings, contract=rules)
    watch.load()
    spoilt = lost_deltas(watch.days[0].raw, 0.01, seed=3).raw
    watch.bring((0, spoilt), *((n, watch.days[n].raw) for n in (1, 2)))
    assert watch.go() == ["rebuild"]
    assert not watch.runs[-1][2], "one is refused, so the run did not succeed"
    published = {one.path.rpartition("/")[2] for one in watch.lake.list(MAIN, "book_events/")}
    assert published == {"2024-01-02.parquet", "2024-01-03.parquet"}


def test_a_lake_that_is_down_fails_the_tick(watch: Watch) -> None:
    watch.bring((0, watch.days[0].raw))
    watch.go()
    cursors = dict(watch.cursors)
    lake = watch.settings.home / "lake"
    lake.rename(lake.with_name("elsewhere"))
    lake.write_text("no lake")
    for name in (*ASKING, "overdue"):
        with pytest.raises(KaratError):
            watch.ask(name)
    lake.unlink()
    lake.with_name("elsewhere").rename(lake)
    assert watch.cursors == cursors
    assert watch.go() == []


def test_a_late_capture_is_a_failed_check(watch: Watch) -> None:
    text = re.sub(r"(?m)^freshness:.*$", "", watch.settings.contract.read_text())
    rules = watch.folder.parent / "rules.yaml"
    watch.settings = replace(watch.settings, contract=rules)
    watch.bring((0, watch.days[0].raw), (2, watch.days[2].raw))
    told = []
    for said, n in ((text, 0), (text + "\nfreshness: {hours: 1}\n", 0), (rules, 1)):
        if isinstance(said, str):
            rules.write_text(said)
            watch.load()
        else:
            watch.bring((n, watch.days[n].raw))
        result = watch.ask("overdue")
        watch.cursors["overdue"] = result.cursor
        (event,) = result.asset_events
        assert isinstance(event, AssetCheckEvaluation)
        told.append((event.passed, str(event.description).partition("first ")[2]))
    assert told == [(True, ""), (False, "2024-01-02"), (False, "2024-01-04")]
    assert watch.ask("overdue").asset_events == [], "told once"
