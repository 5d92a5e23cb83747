"""Versions of training datasets, and their manifests as text."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.dataset import Entry, Manifest, Version
from karat.dataset.version import following
from karat.errors import CorruptError, InputError

ENTRIES = tuple(Entry(f"i/{n}", f"d/i/{n}", "o", "c", "v", 9) for n in range(3))
BASE = Manifest("demo", "1.2.3", "d", "k", "g", "h", ENTRIES)
RESTATED = (replace(ENTRIES[0], content="c2"), *ENTRIES[1:])


@given(*[st.tuples(*[st.integers(0, 30)] * 3)] * 2)
def test_versions_are_ordered_by_number(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    one, other = Version(*a), Version(*b)
    assert (one < other) == (a < b)
    assert Version.parse(str(one)) == one


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.-1", "v1.0.0", "1.0.0 ", "1.0.0\n", "\u0661.0.0"],
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(InputError, match="write three numbers"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({"entries": RESTATED}, "1.2.4"),
        ({"entries": (replace(ENTRIES[0], verdict="v2"), *ENTRIES[1:])}, "1.2.4"),
        ({"entries": (*RESTATED, replace(ENTRIES[0], partition="i/9"))}, "1.3.0"),
        ({"entries": ENTRIES[1:]}, "2.0.0"),
        ({"entries": (*ENTRIES[1:], replace(ENTRIES[0], partition="i/9"))}, "2.0.0"),
        ({"contract": "k2"}, "2.0.0"),
        ({"golden": ""}, "2.0.0"),
        ({"dataset": "e"}, "2.0.0"),
    ],
)
def test_what_changed_says_which_part_rises(changes: dict[str, Any], version: str) -> None:
    after = replace(BASE, version="1.0.0", commit="h2", **changes)
    assert str(following(BASE, after)) == version
    assert not BASE.same_data(after)


def test_another_commit_is_the_same_data() -> None:
    assert BASE.same_data(replace(BASE, version="7.0.0", commit="h2"))


def test_a_manifest_comes_back() -> None:
    assert Manifest.decode(BASE.encode(), "here") == BASE


TEXT = json.loads(BASE.encode())
BODY = TEXT["predicate"]


LEFT_OUT = object()


def changed(**parts: Any) -> bytes:
    """Return the manifest with some parts of it replaced, or left out."""
    body = {k: v for k, v in (BODY | parts).items() if v is not LEFT_OUT}
    return json.dumps(TEXT | {"predicate": body}, sort_keys=True, separators=(",", ":")).encode()


def test_a_manifest_speaks_of_the_files_it_names() -> None:
    assert [one["name"] for one in TEXT["subject"]] == [entry.path for entry in ENTRIES]
    assert TEXT["predicateType"] == "urn:karat:training-manifest:1"
    assert changed() == BASE.encode()


@pytest.mark.parametrize(
    "data",
    [b"", b"5", b"[]", b"{}", b"\xff", BASE.encode()[:-9]]
    + [json.dumps({k: v for k, v in TEXT.items() if k != part}).encode() for part in TEXT]
    + [changed(**{part: LEFT_OUT}) for part in BODY]
    + [
        changed(format=3),
        changed(format=0),
        changed(format=True),
        changed(x=1),
        changed(split={"eval_from": "2024-02-30", "embargo_days": 1}),
        changed(split={"eval_from": "2024-02-03"}),
        changed(schema=[["a"]]),
        changed(entries=[{}]),
        changed(entries=BODY["entries"][:1]),
    ],
)
def test_what_is_no_manifest_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match="here: "):
        Manifest.decode(data, "here")
