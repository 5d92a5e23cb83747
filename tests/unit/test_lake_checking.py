"""A check of a lake finds every damage, names what it hits, and mends nothing in silence."""

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.errors import InputError, ObjectGone
from karat.lake import Lake, open_lake
from karat.lake.checking import Findings, fsck
from karat.lake.testing.writing import files, paths, publish, read, write
from karat.lake.uses import Use

DATA = b"data" * 100
NAME = bytes_digest(DATA)
DEEP = "/".join("d" * 500)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(root: Path) -> Lake:
    lake = open_lake(root)
    publish(lake, {"a": DATA, "b": b"b", DEEP: b"deep"})
    publish(lake, {"a": b"other", "c/again": DATA})
    lake.create_tag("v1.0.0", "main")
    return lake


def blob(root: Path, name: str = NAME) -> Path:
    return root / "blobs" / name[:2] / name


def change(root: Path, statement: str) -> None:
    connection = sqlite3.connect(root / "lake.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def kinds(found: Findings) -> list[str]:
    return [damage.kind for damage in found.damages]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_whole_lake_is_whole(lake: Lake, root: Path, *, deep: bool, read_only: bool) -> None:
    write(lake, "work", {"many": b"m"})
    lake.delete_branch("work")
    found = fsck(open_lake(root, read_only=read_only), deep=deep)
    assert (found.damages, found.deep) == ((), deep)
    assert (found.refs, found.commits, found.blobs) == (3, 5, 4)
    assert found.blob_bytes == len(DATA) + len(b"bdeepother")
    assert found.unreachable == 3, "a commit, a tree, a blob"
    assert not (root / "quarantine").exists()


def damage_bytes(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(DATA[:-1] + b"x")


def cut(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 3)


DAMAGES: dict[str, tuple[Callable[[Path], None], bool]] = {
    "bytes": (damage_bytes, True),
    "cut": (cut, False),
    "lost": (Path.unlink, False),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_blob_is_named_with_all_that_use_it_and_moved(
    lake: Lake, root: Path, what: str
) -> None:
    hurt, deep_only = DAMAGES[what]
    hurt(blob(root))
    if deep_only:
        assert fsck(lake).damages == ()
    (damage,) = fsck(lake, deep=deep_only).damages
    second, first = [c.id for c in lake.log("main", first_parent=True)][:2]
    work = {c: [p.id for p in map(lake.commit_info, lake.commit_info(c).parents)][1]
            for c in (second, first)}  # fmt: skip
    assert (damage.kind, damage.name) == ("blob", NAME)
    assert damage.uses == (
        Use("a", (first, work[first])),
        Use("c/again", (second, work[second])),
    )
    assert damage.quarantined is (what != "lost")
    assert len(list(root.glob("quarantine/*"))) == damage.quarantined
    with pytest.raises(ObjectGone):
        read(lake, "main", "c/again")
    again = fsck(lake).damages
    assert [(one.name, one.how) for one in again] == [(NAME, "missing")], "not mended by itself"
    write(lake, "heals", {"x": DATA})
    assert fsck(lake, deep=True).damages == ()
    assert read(lake, "main", "c/again") == DATA


def test_one_opened_read_only_moves_nothing(lake: Lake, root: Path) -> None:
    damage_bytes(blob(root))
    (damage,) = fsck(open_lake(root, read_only=True), deep=True).damages
    assert (damage.name, damage.quarantined) == (NAME, False)
    assert blob(root).exists()
    assert lake


WRONGS = {
    "UPDATE refs SET commit_id = '00' WHERE name = 'ledger'": "commit",
    "DELETE FROM commits WHERE generation = 0": "commit",
    "UPDATE commits SET message = 'x' WHERE generation = 1": "commit",
    "DELETE FROM trees": "tree",
    "UPDATE trees SET body = x'00'": "tree",
}


@pytest.mark.parametrize("statement", WRONGS)
def test_a_wrong_row_is_named(lake: Lake, root: Path, statement: str) -> None:
    assert lake
    change(root, statement)
    assert set(kinds(fsck(open_lake(root)))) == {WRONGS[statement]}


def test_any_damaged_page_of_the_database_is_told(lake: Lake, root: Path) -> None:
    expected = [(r, files(lake, r.commit)) for r in (*lake.branches(), *lake.tags())]
    del lake
    connection = sqlite3.connect(root / "lake.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content, chance = (root / "lake.db").read_bytes(), random.Random(7)  # noqa: S311 - no secret
    told = 0
    for turn in range(60):
        at = chance.randrange(100, len(content))
        for stale in root.glob("lake.db*"):
            stale.unlink()
        (root / "lake.db").write_bytes(content[:at] + b"\xa7" + content[at + 1 :])
        try:
            damages = fsck(open_lake(root)).damages
        except Exception as error:  # noqa: BLE001 - what opening tells
            damages = (error,)  # type: ignore[assignment]
        told += bool(damages)
        if not damages:
            lake = open_lake(root)
            seen = [(r, files(lake, r.commit)) for r in (*lake.branches(), *lake.tags())]
            assert seen == expected, f"turn {turn}: byte {at} was changed, and nobody says so"
    assert told > 10


def test_it_is_for_lakes_in_directories() -> None:
    with pytest.raises(InputError, match="directory"):
        fsck(open_lake("memory:"))
    assert paths(open_lake("memory:"), "main") == []
