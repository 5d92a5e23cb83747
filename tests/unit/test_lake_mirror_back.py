"""A lake mirrored to another place and back: what was done there comes home, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from karat.errors import ConflictError
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.checking import fsck
from karat.lake.lakefs import LakeFSLake
from karat.lake.mirroring import MIRROR_OF, Mirrored, mirror
from karat.lake.testing.writing import publish, write
from tests.lakefs_double.lakes import lake_on
from tests.lakefs_double.server import serving
from tests.unit.test_lake_mirroring import fill, heads
from tests.unit.test_lake_mirroring import told as all_told


def told(lake: Lake) -> object:
    """Return all that a lake tells but its first commit, which each kind words in its own way."""
    return [(name, log[:-1], files) for name, log, files in all_told(lake)]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[LakeFSLake]:
    with serving() as double:
        yield lake_on(double, tmp_path / "cache")


@pytest.fixture
def here(tmp_path: Path) -> Lake:
    lake = open_lake(tmp_path / "here")
    fill(lake)
    return lake


def test_there_and_into_a_new_lake_nothing_is_lost(
    here: Lake, there: LakeFSLake, tmp_path: Path
) -> None:
    back = open_lake(tmp_path / "back")
    done = mirror(here, there)
    assert mirror(there, back) == done
    assert told(here) == told(there) == told(back)
    assert fsck(back, deep=True).damages == ()
    named = {commit.metadata.get(MIRROR_OF) for commit in back.log("main")}
    assert named - {None} <= {commit.id for commit in there.log("main")}


def test_what_was_done_there_comes_home(here: Lake, there: LakeFSLake) -> None:
    mirror(here, there)
    before = heads(here)
    assert mirror(there, here).commits == 0
    assert heads(here) == before
    new = publish(there, {"raw/new": b"5", "raw/a": None})
    write(there, "three", {"y": b"6"})
    append(there, "ledger", {"order/3": b"signed there"}, message="record")
    there.create_tag("v2.0.0", new)
    done = mirror(there, here)
    assert (done.commits, done.files) == (5, 3)
    assert told(here) == told(there)
    assert fsck(here, deep=True).damages == ()
    for source, target in ((there, here), (here, there)):
        stood = heads(target)
        assert mirror(source, target) == Mirrored(0, done.commits + done.known, 0, 0, done.refs)
        assert heads(target) == stood


def test_it_goes_back_and_forth(here: Lake, there: LakeFSLake) -> None:
    for number in range(3):
        publish(here, {f"here/{number}": b"1"}, f"here-{number}")
        assert mirror(here, there).commits == (2 if number else 16)
        publish(there, {f"there/{number}": b"2"}, f"there-{number}")
        assert mirror(there, here).commits == 2
        assert told(here) == told(there)


def test_two_lakes_that_went_their_own_ways_are_not_mixed(here: Lake, there: LakeFSLake) -> None:
    mirror(here, there)
    publish(here, {"here": b"1"}, "here")
    publish(there, {"there": b"2"}, "there")
    for source, target in ((here, there), (there, here)):
        before = heads(target)
        with pytest.raises(ConflictError, match="no copies"):
            mirror(source, target)
        assert heads(target) == before
