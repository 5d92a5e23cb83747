"""What was kept long enough goes, class by class, and the dry run said so in bytes before."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import InputError
from karat.flow import Keep, Released, retain
from karat.flow.keeping import DAY_S
from karat.lake import open_lake
from karat.lake.testing.writing import publish, read, write
from karat.store import DiskStore

DAYS = st.none() | st.integers(0, 999)
OLD = b"old" * 1000


def after(days: float) -> int:
    return int(time.time() + days * DAY_S) + 60


def by_class(told: tuple[Released, ...]) -> dict[str, tuple[int, int]]:
    return {one.sort: (one.count, one.bytes) for one in told}


@given(DAYS, DAYS, DAYS)
def test_days_are_read_as_they_are_written(
    audit: int | None, garbage: int | None, states: int | None
) -> None:
    said = {"audit-branches": audit, "garbage": garbage, "states": states}
    text = " ".join(f"{name}={days}" for name, days in said.items() if days is not None)
    if audit is not None and audit < (garbage or 0):
        with pytest.raises(InputError, match="as long, or longer"):
            Keep.parse(text)
    else:
        assert Keep.parse(text).days == Keep.parse(text.replace(" ", ",")).days == said


@pytest.mark.parametrize("text", ["raw=7", "garbage", "garbage=-1", "garbage=7w", "states=1.5"])
def test_what_there_is_not_is_refused_and_what_there_is_named(text: str) -> None:
    with pytest.raises(InputError, match="of audit-branches, garbage, states"):
        Keep.parse(text)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a home with a superseded audit branch, garbage, states, and what must stay."""
    lake = open_lake(tmp_path / "lake")
    publish(lake, {"kept": b"k" * 10})
    write(lake, "wap-over", {"day": OLD})
    write(lake, "wap-open", {"other": b"waits"})
    publish(lake, {"day": b"newer"})
    write(lake, "work", {"lost": b"lost" * 500})
    lake.delete_branch("work")
    DiskStore(tmp_path / "store", clock=lambda: int(time.time())).put_many({"k": b"v" * 100})
    return tmp_path


def test_each_class_goes_at_its_own_age_and_is_told_in_bytes(place: Path) -> None:
    lake = open_lake(place / "lake")
    keep = Keep(audit_branches=30, garbage=7, states=90)
    seen = []
    for days in (1, 8, 31, 91):
        clock = lambda days=days: after(days)  # noqa: E731
        store = DiskStore(place / "store", clock=clock)
        plan = retain(lake, store, keep, dry_run=True, clock=clock)
        assert plan == retain(lake, store, keep, dry_run=True, clock=clock), (
            "a plan changes nothing"
        )
        assert plan == retain(lake, store, keep, dry_run=False, clock=clock)
        seen.append({sort: size for sort, (count, size) in by_class(plan).items() if count})
        left = retain(lake, store, keep, dry_run=True, clock=clock)
        assert {one.count for one in left} == {0}, "all of it went"
    assert seen == [{}, {"garbage": 2000}, {"audit-branches": len(OLD)}, {"states": 100}]
    assert [ref.name for ref in lake.branches("wap-")] == ["wap-open"]
    assert read(lake, "main", "day") == b"newer"
    assert read(lake, "main", "kept") == b"k" * 10


def test_without_days_everything_stays(place: Path) -> None:
    lake = open_lake(place / "lake")
    store = DiskStore(place / "store", clock=lambda: after(9999))
    told = retain(lake, store, Keep(None, None, None), dry_run=False, clock=lambda: after(9999))
    assert [(one.count, one.why) for one in told] == [(0, "kept for ever")] * 3
    assert store.get("k") == b"v" * 100
    assert len(list(lake.branches("wap-"))) == 2


def test_of_a_lake_elsewhere_only_audit_branches_go(tmp_path: Path) -> None:
    lake = open_lake("memory:")
    write(lake, "wap-over", {"day": OLD})
    publish(lake, {"day": b"newer"})
    keep, store = Keep(), DiskStore(tmp_path)
    young = retain(lake, store, keep, dry_run=False, clock=lambda: after(29))
    assert by_class(young)["audit-branches"] == (0, 0)
    told = retain(lake, store, keep, dry_run=False, clock=lambda: after(31))
    assert by_class(told)["audit-branches"][0] == 1
    assert told[1].why == "a server collects its own garbage"
    assert list(lake.branches("wap-")) == []


def test_the_command_prints_bytes_first_and_then_does_it(place: Path) -> None:
    days = ["--keep", "audit-branches=0 garbage=0", "--home", str(place)]
    words = ["retention", "--lake", str(place / "lake"), *days]
    time.sleep(1.1)  # what is younger than a second is no older than 0 days
    shown = CliRunner().invoke(app, [*words, "--dry-run"])
    assert (shown.exit_code, "3,000 bytes" in shown.output) == (0, True), shown.output
    assert "kept for ever" in shown.output
    told = [json.loads(CliRunner().invoke(app, [*words, "--json", *more]).stdout)["classes"]
            for more in (["--dry-run"], [], ["--dry-run"])]  # fmt: skip
    assert told[0] == told[1]
    assert [one["bytes"] for one in told[2]] == [0, 0, 0]
    wrong = CliRunner().invoke(app, ["retention", "--keep", "raw=7", "--home", str(place)])
    assert wrong.exit_code == 2
    assert "garbage" in wrong.output
