"""A listing that is told by differences never differs from listing all; and so for verdicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karat.flow import listing as module
from karat.flow import standing
from karat.flow.listing import listing
from karat.flow.standing import Standing, Told
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.lake.memory import MemoryLake
from karat.store import MemoryStore
from karat.verdicts.lineage import files

PLACES = [
    Partition(name, f"2024-01-0{day}")
    for name in ("v-m-a", "v-m-ab", "v-m-a_", "v-n-a")
    for day in (1, 2, 3)
]
Step = tuple[int, bytes | None, bool]
STEPS = st.lists(
    st.tuples(
        st.integers(0, len(PLACES) - 1),
        st.one_of(st.none(), st.sampled_from([b"1", b"2", b"3"])),
        st.booleans(),
    ),
    max_size=20,
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count three as many."""
    monkeypatch.setattr(module, "MANY", 3)
    monkeypatch.setattr(standing, "MANY", 3)


def put(lake: MemoryLake, one: Partition, data: bytes | None, into: str = MAIN) -> None:
    """Put a file, or take it away."""
    path = dataset_path("d", one.instrument, one.date)
    if data is not None:
        append(lake, into, {path: data, "d/notes.txt": data}, message="Put")
        return
    with lake.session(lake.head(into)) as session:
        session.delete(path)
        commit = session.commit("Remove", allow_empty=True)
    if list(lake.diff(into, commit)):
        lake.merge(commit, into, message="Remove")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_edits_it_is_what_listing_all_gives(steps: list[Step]) -> None:
    lake, store = MemoryLake(), MemoryStore()
    lake.create_branch("other", MAIN)
    for at, data, aside in steps:
        put(lake, PLACES[at], data, "other" if aside else MAIN)
        for ref in ("other", MAIN, MAIN):
            commit = lake.resolve(ref)
            assert list(listing(lake, commit, "d", store).items()) == list(
                files(lake, commit, "d/")
            )


def full() -> MemoryLake:
    lake = MemoryLake()
    append(
        lake, MAIN, {dataset_path("d", p.instrument, p.date): b"1" for p in PLACES}, message="All"
    )
    return lake


def test_all_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lake, store, looks = full(), MemoryStore(), list[str]()

    def looking(where: Lake, commit: CommitId, prefix: str) -> Iterator[tuple[Partition, str]]:
        looks.append(commit)
        return files(where, commit, prefix)

    monkeypatch.setattr(module, "files", looking)
    for number in range(4):
        put(lake, PLACES[number], b"new")
        assert listing(lake, lake.head(MAIN), "d", store)[PLACES[number]]
    assert len(looks) == 1


def test_a_commit_of_another_lake_tells_nothing() -> None:
    lake, other, store = full(), full(), MemoryStore()
    put(other, PLACES[0], b"new")
    for one in (lake, other, lake):
        head = one.head(MAIN)
        assert listing(one, head, "d", store) == dict(files(one, head, "d/"))


PARTS = {one: (f"{n}", "") for n, one in enumerate(PLACES)}
TOLD = {one: Told(n, f"c{n}", "PASS", f"k{n}") for n, one in enumerate(PLACES)}


def test_what_is_remembered_together_holds_for_the_same_parts_and_way_only() -> None:
    store = MemoryStore()
    Standing(store, "way").keep(PARTS, TOLD)
    assert Standing(store, "way").recall(PARTS) == TOLD
    assert Standing(store, "other way").recall(PARTS) == {}
    for part in (0, 1):
        edited = tuple("x" if at == part else old for at, old in enumerate(PARTS[PLACES[0]]))
        found = Standing(store, "way").recall({**PARTS, PLACES[0]: edited})
        assert found == {one: told for one, told in TOLD.items() if one != PLACES[0]}
    assert Standing(store, "way").recall({**PARTS, PLACES[0]: ("0", "", "more")}) == {
        one: told for one, told in TOLD.items() if one != PLACES[0]
    }


def test_more_is_kept_beside_what_was_and_a_few_are_not_worth_it() -> None:
    store = MemoryStore()
    halves = [dict(list(TOLD.items())[some]) for some in (slice(6), slice(6, None))]
    for half in halves:
        Standing(store, "way").keep(PARTS, half)
    assert Standing(store, "way").recall(PARTS) == TOLD
    changed = Told(9, "c", "FAIL", "k")
    Standing(store, "way").keep(PARTS, dict.fromkeys(PLACES[:2], changed))
    assert Standing(store, "way").recall(PARTS) == TOLD
    Standing(store, "way").keep(PARTS, dict.fromkeys(PLACES[:3], changed))
    assert Standing(store, "way").recall(PARTS) == TOLD | dict.fromkeys(PLACES[:3], changed)
    assert Standing(store, "way").recall(dict(list(PARTS.items())[:2])) == {}
