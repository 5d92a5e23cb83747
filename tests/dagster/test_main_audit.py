"""What somebody wrote to main without karat is noticed, named, and rolled back by a job."""

from typing import Any

import pytest

from karat.flow import published_root
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.notify import Outbox


@pytest.fixture
def published(world: Any) -> Any:
    first, *_, last = world.partitions
    assert world.run("rebuild", first, last).success
    return world


def written(world: Any) -> str:
    """Return main's commit after the second day was written over the first, by another client."""
    one, other, _ = world.partitions
    file = world.lake.local_path(MAIN, f"book_events/{other}.parquet").read_bytes()
    files: dict[str, Any] = {f"book_events/{one}.parquet": file}
    return append(world.lake, MAIN, files, message="By another client")


def audited(world: Any) -> Any:
    """Return what the audit says of main now."""
    (said,) = world.run("audit_main").get_asset_check_evaluations()
    return said


def told(world: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what people were told of and is not over."""
    known = Outbox(world.settings.notices).incidents()
    return [(one.sort, one.summary, one.details) for one, _ in known]


def test_a_direct_write_is_noticed_and_rolled_back_on_purpose(published: Any, why: Any) -> None:
    assert audited(published).passed
    assert told(published) == []
    before = published_root(published.lake, "book_events")
    bad = written(published)
    said = audited(published)
    assert not said.passed
    assert "book_events: sim-usdm-karusdt/2024-01-01" in str(said.description)
    (row,) = said.metadata["unproved"].value.records
    assert (row.data["commit"], row.data["message"]) == (bad, "By another client")
    ((sort, summary, (line,)),) = told(published)
    assert (sort, summary[:17], line[:12]) == ("audit", "1 commits of main", bad[:12])
    assert str(published.partitions[0]) in why(published.run("train"))["training_dataset"]

    assert published.run("rollback").success
    assert published.lake.head(MAIN) == bad, "it is shown first"
    nobody = published.run("rollback", rollback_main={"do": True})
    assert "by someone and for a reason" in why(nobody)["rollback_main"]
    named = {"do": True, "who": "desk", "reason": "a script"}
    assert why(published.run("rollback", rollback_main=named)) == {}
    assert published_root(published.lake, "book_events") == before
    assert why(published.run("train")) == {}
    after = audited(published)
    assert after.passed, "nothing of it stands"
    assert told(published) == [], "who was told is told that it is over"
    assert len(after.metadata["unproved"].value.records) == 1, "history keeps it"


def test_bytes_that_changed_on_the_disk_are_found_by_reading_them_again(published: Any) -> None:
    path = f"raw/{published.partitions[1]}.parquet"
    file = published.lake.local_path(MAIN, path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
    said = audited(published)
    assert not said.passed
    assert [row.data["path"] for row in said.metadata["damaged"].value.records] == [path]
    ((sort, summary, (line,)),) = told(published)
    assert (sort, summary) == ("audit", "1 files of the lake are damaged")
    assert line.startswith(path)
    none = published.run("audit_main", published_events_main_audit={"files": 0})
    (said,) = none.get_asset_check_evaluations()
    assert said.passed, "nothing was asked to be read again"


def test_a_target_that_is_none_is_refused(published: Any, why: Any) -> None:
    bad = written(published)
    named = {"do": True, "to": bad, "who": "desk", "reason": "a try"}
    reason = why(published.run("rollback", rollback_main=named))["rollback_main"]
    assert f"the state at {bad[:12]} is not valid" in reason
