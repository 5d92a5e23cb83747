"""A corrupted day is committed from outside: it is found, told, kept out, and repaired.

Seconds since the commit are printed for each step; `make bench` repeats it.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, expect

from karat import dataset
from karat.assets.findings import GLANCE
from karat.assets.partitions import key_of
from karat.lake.layout import MAIN
from karat.resources.dagster_rows import told_of
from karat.simulation import simulate
from tests.dagster import page
from tests.dagster.journey import Journey, brought, repaired, spoilt
from tests.dagster.processes import until
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own_server")]
FACTS = {
    "sequence": {"worst statistic", "worst chunk", "commit"},
    "unpaired": {"worst statistic", "score", "q", "interval", "commit"},
}
"""What is seen at a glance of a failed day, beside its name."""
DATES = [dt.date(2024, 1, day) for day in range(1, 7)]


@pytest.fixture(scope="module")
def new(own_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Return days that were proved, some of them golden."""
    days = simulate("sim-usdm-story", DATES, seed=7, messages_per_day=3000)
    story = Journey(own_server, tmp_path_factory.mktemp("captures"), list(days))
    brought(story)
    story.adopt(*story.partitions[:4])
    return story


@pytest.fixture(scope="module")
def broken(new: Journey) -> Journey:
    """Return them with a fault in the last one."""
    spoilt(new, seed=3)
    return new


@pytest.fixture(scope="module")
def whole(broken: Journey) -> Journey:
    """Return them with the fault repaired."""
    repaired(broken)
    return broken


@pytest.fixture
def shown() -> Iterator[Page]:
    """Return an empty page of a browser."""
    with page.browser() as opened:
        yield opened


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Return where pictures of the page are kept: KARAT_SHOTS, to look at them."""
    return Path(os.environ.get("KARAT_SHOTS", tmp_path))


def test_new_days_are_proved_and_may_be_trained_on(new: Journey) -> None:
    assert len(dataset.open(new.served.lake, "story@1.0.0").partitions) == len(DATES)
    assert new.told() == []


def test_a_fault_is_found_told_and_kept_out(broken: Journey) -> None:
    assert [one["event"] for one in broken.told()] == ["opened"] * 2
    assert len(dataset.manifests(broken.served.lake)) == 1


def test_the_page_shows_what_exists_and_which_day_failed(
    broken: Journey, shown: Page, shots: Path
) -> None:
    url = broken.served.url
    page.graph(shown, url)
    page.shot(shown, shots, "graph")
    page.check(shown, url, "sequence")
    for text in ("This is a blocking asset check", "FAIL: continuity", str(broken.partitions[-1])):
        expect(shown.get_by_text(text).first).to_be_visible()
    page.shot(shown, shots, "failed")
    page.by_partition(shown)
    published = len(list(broken.served.lake.list(MAIN, "book_events/")))
    for text in (r"Failed\s*\(1\)", rf"Passed\s*\({published - 1}\)"):
        expect(shown.locator("body")).to_contain_text(re.compile(text))
    page.shot(shown, shots, "partitions")


@pytest.mark.parametrize("family", FACTS)
def test_two_clicks_from_the_asset_all_of_a_failure_is_seen(
    broken: Journey, shown: Page, shots: Path, family: str
) -> None:
    page.asset(shown, broken.served.url)
    page.checks(shown)
    shown.get_by_text(family, exact=True).first.click()
    shown.get_by_text("Latest execution").wait_for()
    check = dg.AssetCheckKey(dg.AssetKey("book_events"), family)
    told = told_of(broken.served.instance, check, str(key_of(broken.partitions[-1])))
    facts = {row.data["fact"]: str(row.data["value"]) for row in told[GLANCE].records}
    assert facts["partition"] == str(broken.partitions[-1])
    assert facts.keys() >= FACTS[family]
    for fact, value in facts.items():
        row = shown.locator("tr").filter(has_text=fact).filter(has_text=value)
        expect(row.first).to_be_visible()
    page.shot(shown, shots, f"clicked-{family}")


def test_the_picture_of_a_failed_distance_is_drawn(
    broken: Journey, shown: Page, shots: Path
) -> None:
    page.check(shown, broken.served.url, "unpaired")
    assert page.picture(shown) > 300
    page.shot(shown, shots, "picture")


def test_after_its_repair_all_is_as_before(
    whole: Journey, record_property: Callable[[str, object], None]
) -> None:
    assert sorted(one["event"] for one in whole.told()) == ["opened"] * 2 + ["resolved"] * 2
    steps = list(whole.seconds)
    assert len(steps) == 12
    for step, seconds in whole.seconds.items():
        record_property(f"seconds since the last commit: {step}", seconds)
    assert steps[0] == "new days: checks passed"


def test_execute_all_is_green(whole: Journey, shown: Page, shots: Path) -> None:
    """The button launches all checks over no partition."""
    page.check(shown, whole.served.url, "sequence")
    before = {run.run_id for run in whole.served.instance.get_runs()}
    shown.get_by_role("button", name="Execute all").click()
    until(lambda: whole.runs_beside(before), "the button launched a run")
    (run,) = whole.runs_beside(before)
    assert whole.served.wait(run) == "SUCCESS", whole.served.why(run)
    assert whole.served.tags(run).keys().isdisjoint({"dagster/partition"})
    page.check(shown, whole.served.url, "sequence")
    expect(shown.get_by_text("PASS: continuity").first).to_be_visible()
    page.shot(shown, shots, "passed")
