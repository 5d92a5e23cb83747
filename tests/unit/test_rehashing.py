"""A sample of files is read again: every damage in it is named, nothing else, and any can be."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.lake import Lake, open_lake
from karat.lake.rehashing import rehash
from karat.lake.testing.writing import files, publish
from karat.telemetry import Progress

HELD = {f"raw/{n:02}": bytes([n]) * (n * 1000 + 1) for n in range(30)}


def blob(root: Path, lake: Lake, path: str) -> Path:
    name = lake.stat("main", path).content_hash
    return root / "blobs" / name[:2] / name


def noted(names: list[str]) -> Progress:
    def note(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, done <= total, rows) == ("rehash", True, 0)
        names.append(what)

    return note


def spoil(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    file.chmod(0o644)
    if how == "gone":
        file.unlink()
    elif how == "cut":
        file.write_bytes(data[:-1])
    else:
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


@given(
    spoiled=st.dictionaries(st.sampled_from(sorted(HELD)), st.sampled_from(["bit", "cut", "gone"])),
    sample=st.integers(0, 40),
    seed=st.text(max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_what_was_drawn_and_damaged_is_named(
    tmp_path_factory: pytest.TempPathFactory, spoiled: dict[str, str], sample: int, seed: str
) -> None:
    root = tmp_path_factory.mktemp("lake")
    lake = open_lake(root)
    publish(lake, HELD)
    for path, how in spoiled.items():
        spoil(blob(root, lake, path), how)
    everything = rehash(lake, 1000, seed, refs=["main"])
    assert set(everything.damaged) == set(spoiled)
    assert everything.bytes == sum(info.size for info in files(lake, "main"))
    some = rehash(lake, sample, seed, refs=["main"])
    assert (some.files, some.read) == (len(HELD), min(sample, len(HELD)))
    assert set(some.damaged) <= set(spoiled)
    assert some == rehash(lake, sample, seed, refs=["main"])


def test_another_seed_draws_others_until_all_were_read() -> None:
    lake = open_lake("memory:")
    publish(lake, HELD)
    drawn: list[frozenset[str]] = []
    for night in range(80):
        names: list[str] = []
        rehash(lake, 5, str(night), refs=["main"],
               progress=noted(names))  # fmt: skip
        drawn.append(frozenset(names))
    assert {len(names) for names in drawn} == {5}
    assert len(set(drawn)) > 70
    assert frozenset().union(*drawn) == set(HELD), "a file in six each night: all within weeks"


def test_the_ledger_is_drawn_from_too(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    publish(lake, {"a": b"1"})
    names: list[str] = []
    rehash(lake, 100, "", progress=noted(names))
    assert set(names) == {one.path for ref in ("main", "ledger") for one in files(lake, ref)}
