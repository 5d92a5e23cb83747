"""Merkle trees hold what a plain dictionary of paths holds, and share what did not change."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import CorruptError
from karat.lake.backend import Delta, Entry
from karat.lake.database import Database
from karat.lake.memory import FlatTrees
from karat.lake.nodes import EMPTY, NO_FILES, Node, decode, encode
from karat.lake.schema import prepare
from karat.lake.trees import MerkleTrees

Files = dict[str, Entry]
Changes = dict[str, Entry | None]
DEEPEST = "/".join("a" * 512)


def entry(value: int, mtime_s: int = 0) -> Entry:
    return Entry(f"{value:064}", value, "text/plain", {"k": str(value)}, mtime_s)


NAMES = st.sampled_from(["a", "a-", "a.", "a0", "b", "é", "\U0001f4c8", "a b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
CHANGES = st.dictionaries(PATHS, st.one_of(st.none(), st.integers(0, 2).map(entry)), max_size=8)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    database = Database(tmp_path_factory.mktemp("trees"))
    prepare(database)
    return database


@pytest.fixture(scope="module")
def trees(database: Database) -> MerkleTrees:
    return MerkleTrees(database)


@pytest.fixture
def rows(database: Database) -> Callable[[], int]:
    def count() -> int:
        with database.connection() as connection:
            return int(connection.execute("SELECT count(*) FROM trees").fetchone()[0])

    return count


def changed(files: Files, changes: Changes) -> Files:
    wanted = {**files, **changes}
    return {path: found for path, found in sorted(wanted.items()) if found is not None}


@settings(max_examples=60)
@given(first=CHANGES, second=CHANGES, prefix=st.sampled_from(["", "a", "a/", "a/b", "é/", "zz"]))
def test_a_tree_is_a_dictionary_of_paths(
    database: Database, first: Changes, second: Changes, prefix: str
) -> None:
    trees = MerkleTrees(database)  # with nothing cached: what is read was written
    before, after = changed({}, first), changed(changed({}, first), second)
    with database.transaction():
        old = trees.apply(trees.empty(), first)
        new = trees.apply(old, second)
    for tree, files in ((old, before), (new, after)):
        expected = [(path, found) for path, found in files.items() if path.startswith(prefix)]
        assert list(trees.entries(tree, prefix)) == expected
        for path in {*first, *second}:
            assert trees.find(tree, path) == files.get(path)
    assert list(trees.diff(old, new, prefix)) == [
        Delta(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if path.startswith(prefix) and before.get(path) != after.get(path)
    ]


@settings(max_examples=60)
@given(changes=CHANGES, order=st.randoms())
def test_a_name_tells_the_files_and_not_the_way_there(
    database: Database, changes: Changes, order: random.Random
) -> None:
    trees = MerkleTrees(database)
    steps = list(changes.items())
    order.shuffle(steps)
    with database.transaction():
        at_once, by_steps = trees.apply(EMPTY, changes), EMPTY
        for path, found in steps:
            by_steps = trees.apply(by_steps, {path: found})
        undone = trees.apply(at_once, dict.fromkeys(changes))
    assert at_once == by_steps
    assert undone == EMPTY == trees.empty()


@settings(max_examples=60)
@given(one=CHANGES, two=CHANGES)
def test_names_are_equal_when_files_are(database: Database, one: Changes, two: Changes) -> None:
    flat, trees = FlatTrees(), MerkleTrees(database)
    with database.transaction():
        merkle = {trees.apply(EMPTY, changes) for changes in (one, two)}
    assert len(merkle) == len({flat.apply(flat.empty(), changes) for changes in (one, two)})


def test_a_change_writes_only_the_directories_above(
    trees: MerkleTrees, rows: Callable[[], int]
) -> None:
    wide: Changes = {f"w{i}/x{j}/file": entry(10 * i + j) for i in range(8) for j in range(8)}
    tree = trees.apply(EMPTY, wide)
    before = rows()
    other = trees.apply(tree, {"w3/x3/file": entry(999)})
    assert rows() - before == 3, "the root, w3 and x3"
    assert trees.apply(other, {"w3/x3/file": entry(33)}) == tree
    assert rows() - before == 3


def test_equal_directories_are_one_row(trees: MerkleTrees, rows: Callable[[], int]) -> None:
    before = rows()
    trees.apply(EMPTY, {f"same{i}/d/file": entry(777) for i in range(20)})
    assert rows() - before == 3


def test_a_diff_does_not_look_where_names_are_equal(trees: MerkleTrees, database: Database) -> None:
    tree = trees.apply(EMPTY, {f"p{i}/q/file": entry(i) for i in range(30)})
    other = trees.apply(tree, {"p7/q/file": entry(1000)})
    cold = MerkleTrees(database)
    assert [delta.path for delta in cold.diff(tree, other, "")] == ["p7/q/file"]
    assert cold._load.cache_info().misses == 6, "root, p7 and q of each side"


def test_times_are_no_part_of_a_name(trees: MerkleTrees) -> None:
    early, late = (trees.apply(EMPTY, {"t": entry(5, mtime_s=at)}) for at in (1, 2))
    assert early == late


def test_the_deepest_path_there_is(trees: MerkleTrees) -> None:
    tree = trees.apply(EMPTY, {DEEPEST: entry(1)})
    assert list(trees.entries(tree, "")) == [(DEEPEST, entry(1))]
    assert list(trees.diff(EMPTY, tree, DEEPEST[:600])) == [Delta(DEEPEST, None, entry(1))]
    assert trees.apply(tree, {DEEPEST: None}) == EMPTY


def test_a_missing_directory_is_corrupt(trees: MerkleTrees) -> None:
    with pytest.raises(CorruptError, match="missing"):
        trees.find("0" * 64, "a")


NODE = Node({"f": entry(3)}, {"d/": "e" * 64})


@pytest.mark.parametrize("at", range(0, len(encode(NODE)), 3))
def test_a_damaged_row_is_corrupt(at: int) -> None:
    body = bytearray(encode(NODE))
    body[at] ^= 0x10
    with pytest.raises(CorruptError):
        decode(bytes(body), NODE.name())


@pytest.mark.parametrize("body", [b"", b"x", encode(NO_FILES), encode(NODE)[:-5]])
def test_another_row_is_corrupt(body: bytes) -> None:
    with pytest.raises(CorruptError):
        decode(body, NODE.name())
    assert decode(encode(NODE), NODE.name()) == NODE


def test_a_database_lies_in_the_lakes_folder(database: Database, tmp_path: Path) -> None:
    assert database.path.name == "lake.db"
    assert Database(tmp_path).path.parent == tmp_path
