"""A proved lake is as proved on lakeFS, and back on this machine, as it was."""

from pathlib import Path
from typing import Any

import pytest

from karat import dataset, open_lake
from karat.flow import published_root
from karat.lake import Lake
from karat.lake.lakefs import LakeFSLake
from karat.lake.layout import MAIN, Partition
from karat.lake.mirroring import mirror
from karat.signing import KeyFiles
from karat.simulation import corrected
from tests.lakefs_double.lakes import access, url
from tests.lakefs_double.server import serving

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")


def state(lake: Lake) -> tuple[str, list[object], int]:
    """Return the published root, the partitions that a cut has, and their rows, all proved."""
    opened = dataset.open(lake, "demo@1.0.0")
    rows = sum(batch.num_rows for batch in opened.batches())
    return published_root(lake, "book_events"), list(opened.partitions), rows


def test_what_is_proved_is_proved_there_and_back(place: Any, tmp_path: Path) -> None:
    home, files = place.lake, KeyFiles.below(place.home)
    before = state(home)
    with serving() as double:
        keys = files.keyring(url(double))
        there = LakeFSLake(url(double), access(double, tmp_path / "cache"), keys=keys)
        mirror(home, there)
        assert state(there) == before
        place.__dict__["lake"] = there
        read = place.validate().bytes_read
        assert read == 0, "verdicts and states are found by what they are of, wherever it lies"
        place.restate(ALONE, corrected(place.raw(ALONE)))
        assert place.publish(place.prove()).published == (ALONE,)
        assert place.cut().version == "1.0.1"
        after = published_root(there, "book_events")
        assert after != before[0]
        mirror(there, home)
        new = open_lake(tmp_path / "new", files=files)
        mirror(there, new)
    for lake in (home, new):
        assert published_root(lake, "book_events") == after
        assert state(lake) == (after, *before[1:])
        assert dataset.open(lake, "demo@1.0.1").partitions
    place.__dict__["lake"] = home
    assert place.validate(MAIN).bytes_read == 0
