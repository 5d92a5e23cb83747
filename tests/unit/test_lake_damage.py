"""A database that was damaged, or is no lake's: told in words, never believed."""

import gc
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from karat.errors import CorruptError, KaratError, LakeUnusable, RepositoryNotFound
from karat.lake import Lake, open_lake
from karat.lake.testing.writing import publish, read

Seen = dict[str, object]
FILES = {f"day{i}/part{j}": b"%d %d" % (i, j) for i in range(3) for j in range(4)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake that nobody may change, with all its database in one file."""
    root = tmp_path_factory.mktemp("whole") / "lake"
    lake = open_lake(root, clock=lambda: 7)
    for path, data in FILES.items():
        publish(lake, {path: data})
    lake.create_tag("v1.0.0", "main")
    del lake
    gc.collect()  # let go of the database: copies must not see its log come and go
    connection = sqlite3.connect(root / "lake.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "lake"))


def change(root: Path, *statements: str) -> None:
    connection = sqlite3.connect(root / "lake.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def all_of(lake: Lake) -> Seen:
    """Return all that a lake tells."""
    seen: Seen = {ref.name: ref.commit for ref in (*lake.branches(), *lake.tags())}
    for ref in ("main", "ledger", "v1.0.0"):
        seen[f"log of {ref}"] = list(lake.log(ref))
        seen[f"files of {ref}"] = [(i.path, read(lake, ref, i.path)) for i in lake.list(ref)]
    return seen


def test_no_changed_byte_of_the_database_is_believed(whole: Path, tmp_path: Path) -> None:
    expected, content = all_of(open_lake(whole)), (whole / "lake.db").read_bytes()
    gc.collect()
    shutil.copytree(whole, tmp_path / "lake")
    told = 0
    for at in range(101, len(content), len(content) // 150):
        for stale in (tmp_path / "lake").glob("lake.db*"):
            stale.unlink()
        damaged = content[:at] + bytes([content[at] ^ 0x15]) + content[at + 1 :]
        (tmp_path / "lake" / "lake.db").write_bytes(damaged)
        try:
            seen = all_of(open_lake(tmp_path / "lake"))
        except KaratError:
            told += 1
        else:
            assert seen == expected, f"byte {at} was changed"
    assert told > 10


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("metadata", "'{'"),
        ("metadata", "'[]'"),
        ("parents", "'{}'"),
        ("parents", "'3'"),
        ("parents", "'[]'"),
        ("message", "'another'"),
        ("message", "x'ff'"),
        ("created_at_s", "8"),
        ("created_at_s", "'soon'"),
        ("tree_id", "'0'"),
    ],
)
def test_a_changed_commit_is_corrupt(root: Path, column: str, value: str) -> None:
    at = open_lake(root).head("main")
    change(root, f"UPDATE commits SET {column} = {value} WHERE id = '{at}'")  # noqa: S608
    with pytest.raises(CorruptError, match="restore"):
        open_lake(root).commit_info("main")


def test_text_that_is_no_text_is_corrupt(root: Path) -> None:
    change(root, "UPDATE commits SET message = CAST(x'ff' AS TEXT)")
    with pytest.raises(CorruptError):
        open_lake(root).commit_info("main")


@pytest.mark.parametrize("lost", ["main", "ledger"])
def test_a_lost_branch_is_not_founded_again(root: Path, lost: str) -> None:
    change(root, f"DELETE FROM refs WHERE name = '{lost}'")  # noqa: S608
    with pytest.raises(CorruptError, match=f"(?s){lost}.*restore"):
        open_lake(root)


def test_a_lost_commit_is_told(root: Path) -> None:
    change(root, "DELETE FROM commits")
    with pytest.raises(KaratError, match="no commit"):
        open_lake(root).commit_info("main")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    change(tmp_path, "CREATE TABLE songs (title TEXT)")
    with pytest.raises(LakeUnusable, match="another program"):
        open_lake(tmp_path)
    connection = sqlite3.connect(tmp_path / "lake.db")
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert tables == ["songs"]


def test_a_database_without_its_tables_is_corrupt(root: Path) -> None:
    change(root, "DROP TABLE commits")
    with pytest.raises(CorruptError, match="no such table"):
        open_lake(root).commit_info("main")


@pytest.mark.parametrize("keep", [1, 100, 4096, 5000])
def test_a_cut_database_is_told(root: Path, keep: int) -> None:
    content = (root / "lake.db").read_bytes()
    (root / "lake.db").write_bytes(content[:keep])
    with pytest.raises((CorruptError, LakeUnusable), match="lake"):
        all_of(open_lake(root))


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [folder, lambda path: path.symlink_to(path)])
def test_something_else_in_the_place_of_the_database(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "lake.db")
    with pytest.raises(LakeUnusable):
        open_lake(tmp_path)
    with pytest.raises(RepositoryNotFound):
        open_lake(tmp_path, create=False)


def test_a_folder_that_is_no_lake_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(RepositoryNotFound, match="create one"):
        open_lake(tmp_path, create=False)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_lake_that_was_moved_is_the_same_lake(root: Path, tmp_path: Path) -> None:
    before = all_of(open_lake(root))
    root.rename(tmp_path / "elsewhere")
    assert all_of(open_lake(tmp_path / "elsewhere", create=False)) == before


@pytest.mark.parametrize("left", [None, b""])
def test_a_lake_that_lost_its_database_is_not_founded_again(root: Path, left: bytes | None) -> None:
    (root / "lake.db").unlink()
    if left is not None:
        (root / "lake.db").write_bytes(left)
    with pytest.raises(CorruptError, match="lost"):
        open_lake(root)
