"""A directory, split or not, is a dictionary of names, and its name says what it holds."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.digest import digest
from karat.lake import directories as module
from karat.lake.backend import Entry
from karat.lake.directories import Directories
from karat.lake.nodes import EMPTY, NO_FILES, Node, Split, Value, decode, encode

Items = dict[str, Value]
Changes = dict[str, Value | None]


def entry(value: int) -> Entry:
    return Entry(f"{value:064}", value, "text/plain", {}, 0)


NAMES = st.one_of(
    st.text("ab/é\U0001f4c8", max_size=5).map(lambda text: text.replace("/", "")),
    st.integers(0, 400).map("date={:03}".format),
).flatmap(lambda text: st.sampled_from([f"x{text}", f"{text}y", f"{text}z/"]))


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    found: Changes = {}
    for name in draw(st.lists(NAMES, max_size=30, unique=True)):
        value = draw(st.sampled_from([None, 1, 2]))
        made = f"{value:064}" if name.endswith("/") and value else entry(value or 0)
        found[name] = made if value else None
    return found


class Shelf:
    """Nodes as bytes, which are read back as they are."""

    def __init__(self) -> None:
        self.nodes = {EMPTY: encode(NO_FILES)}
        self.directories = Directories(self.load, self.save)

    def load(self, name: str) -> Node | Split:
        return decode(self.nodes[name], name)

    def save(self, node: Node | Split) -> str:
        self.nodes[node.name()] = encode(node)
        return node.name()


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Split what has more than three entries, and nothing alike in more than four letters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LIMIT", 3)
        patch.setattr(module, "LONGEST", 4)
        yield


def after(items: Items, edits: Changes) -> Items:
    wanted = {**items, **edits}
    return {name: wanted[name] for name in sorted(wanted) if wanted[name] is not None}  # type: ignore[misc]


@settings(max_examples=300)
@given(steps=st.lists(changes(), min_size=1, max_size=5), prefix=NAMES | st.just(""))
def test_edits_give_what_a_dictionary_gives_and_the_name_of_one_built_anew(
    steps: list[Changes], prefix: str
) -> None:
    shelf, items, tree = Shelf(), Items(), EMPTY
    for edits in steps:
        before, old = items, tree
        items, tree = after(items, edits), shelf.directories.edit(tree, edits)
        assert list(shelf.directories.items(tree)) == list(items.items())
        assert tree == shelf.directories.edit(EMPTY, items), "the shape is of the entries alone"
        assert all(shelf.directories.find(tree, name) == items.get(name) for name in edits)
        found = [(name, items[name]) for name in items if module.touches(name, prefix)]
        assert list(shelf.directories.items(tree, prefix)) == found
        assert list(shelf.directories.diff(old, tree, prefix)) == [
            (name, before.get(name), items.get(name))
            for name in sorted(before.keys() | items.keys())
            if before.get(name) != items.get(name) and module.touches(name, prefix)
        ]


@given(first=changes(), second=changes())
def test_two_directories_are_compared_however_they_are_split(
    first: Changes, second: Changes
) -> None:
    shelf, a, b = Shelf(), after({}, first), after({}, second)
    whole = {name: value for name, value in b.items() if isinstance(value, str)}
    files = {name: value for name, value in b.items() if not isinstance(value, str)}
    left = shelf.directories.edit(EMPTY, a)
    for right in (shelf.directories.edit(EMPTY, b), shelf.save(Node(files, whole))):
        assert list(shelf.directories.diff(left, right, "")) == [
            (name, a.get(name), b.get(name))
            for name in sorted(a.keys() | b.keys())
            if a.get(name) != b.get(name)
        ]
        edited = shelf.directories.edit(right, dict.fromkeys(b, None) | a)
        assert edited == left, "a directory kept whole by an older karat is split when changed"


def test_one_change_of_many_rewrites_little() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LIMIT", 128)
        patch.setattr(module, "LONGEST", 128)
        shelf = Shelf()
        many: Changes = {f"day-{number:06}.parquet": entry(number) for number in range(30_000)}
        tree = shelf.directories.edit(EMPTY, many)
        known = set(shelf.nodes)
        shelf.directories.edit(tree, {"day-017000.parquet": entry(1)})
        written = sum(len(shelf.nodes[name]) for name in shelf.nodes.keys() - known)
    assert written < 15_000


@given(changes(), st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3))
def test_the_name_of_a_node_is_the_digest_of_its_json(
    edits: Changes, metadata: dict[str, str]
) -> None:
    files = {name: value for name, value in edits.items() if isinstance(value, Entry)}
    files = {name: replace(value, metadata=metadata) for name, value in files.items()}
    below = {name: value for name, value in edits.items() if isinstance(value, str)}
    rows = [
        [name, e.content_hash, e.size, e.content_type, e.metadata]
        for name, e in sorted(files.items())
    ]
    said = json.dumps([*rows, *sorted(below.items())], sort_keys=True, separators=(",", ":"))
    assert Node(files, below).name() == digest("tree/1", said)
