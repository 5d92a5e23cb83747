"""Files of a lakeFS server itself, such as its actions, lie beside a lake's and are none of it."""

from pathlib import Path

import pytest

from karat.errors import InvalidPath
from karat.lake import open_lake
from karat.lake.lakefs_actions import commit_reserved
from karat.lake.layout import MAIN
from karat.lake.mirroring import mirror
from karat.lake.rehashing import rehash
from karat.lake.testing.writing import paths, publish, read
from tests.lakefs_double.lakes import access, lake_on, url
from tests.lakefs_double.server import serving

ACTION = "_lakefs_actions/gate-main.yaml"
ASKS_NOBODY = b"name: gate-main\non: {pre-merge: {branches: [other]}}\nhooks: []\n"


def test_a_lake_with_actions_is_mirrored_and_read_again_without_them(tmp_path: Path) -> None:
    with serving() as double:
        lake, reach = lake_on(double, tmp_path / "cache"), access(double, tmp_path / "cache")
        publish(lake, {"a": b"1"})
        lake.create_branch("gate", MAIN)
        commit_reserved(url(double), reach, "gate", {ACTION: ASKS_NOBODY, "note": b"2"}, "install")
        lake.merge("gate", MAIN, message="install")
        publish(lake, {"b": b"3"})
        assert paths(lake, MAIN) == [ACTION, "a", "b", "note"]
        with pytest.raises(InvalidPath):
            lake.open(MAIN, ACTION)
        here = open_lake(f"file://{tmp_path / 'here'}")
        mirror(lake, here)
        assert [(path, read(here, MAIN, path)) for path in paths(here, MAIN)] == [
            ("a", b"1"),
            ("b", b"3"),
            ("note", b"2"),
        ]
        assert mirror(lake, here).commits == 0
        publish(here, {"c": b"4"})
        mirror(here, lake)
        assert paths(lake, MAIN) == [ACTION, "a", "b", "c", "note"]
        again = rehash(lake, 100, "seed")
        assert (again.files, again.damaged) == (4, {})
