"""The gate looks at a day and those it hangs on, and finds what a walk over all days finds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import parse_contract
from karat.digest import bytes_digest
from karat.flow.chains import first_break
from karat.flow.note import Note
from karat.gate.chain import Chain
from karat.gate.known import Known
from karat.gate.raw_days import RawDays
from karat.gate.views import Views
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import (
    MAIN,
    Partition,
    build_path,
    published_verdict_path,
    raw_path,
    reference_path,
)
from karat.lake.memory import MemoryLake
from karat.messages import NO_BOOK, REBUILD_VERSION, RESET, instrument_on
from karat.messages.instrument import instrument_rows, shipped_table
from karat.signing import Keyring
from karat.verdicts import Build, Ledger, links, record

CONTRACT = parse_contract(
    """
dataset: gated
first_day: 2024-01-01
columns: {value: {type: int64, unit: units}}
families: {invariants: gate}
locator: value
invariants:
  - {name: values are not negative, left: value, op: ">=", right: 0}
""",
    "gated",
)
NAME = "sim-spot-aaa"
TEXT = instrument_rows(shipped_table(), NAME)
BOOKS = [bytes_digest(b"one"), bytes_digest(b"two")]
CONTENTS = [bytes_digest(b"a"), bytes_digest(b"b")]
RAWS = [b"raw", b"restated"]
OPENINGS = [RESET, NO_BOOK, *BOOKS]


@dataclass(frozen=True)
class Situation:
    """Days with a raw capture, what was ever built of them, what is published, what changes."""

    raws: dict[Partition, bytes]
    builds: dict[Partition, list[Build]]
    notes: dict[Partition, Note]
    touched: list[Partition]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    days = [Partition(NAME, f"2024-01-{n:02}") for n in range(1, draw(st.integers(2, 6)))]
    raws = {day: draw(st.sampled_from(RAWS)) for day in days}
    builds = {day: draw(builds_of(day)) for day in days}
    noted = {day: draw(st.sampled_from([None, *builds[day]])) for day in days}
    notes = {day: Note("0" * 64, b.content, b.input) for day, b in noted.items() if b}
    return Situation(raws, builds, notes, draw(st.lists(st.sampled_from(days), unique=True)))


@st.composite
def builds_of(draw: st.DrawFn, day: Partition) -> list[Build]:
    inputs = draw(st.sets(st.tuples(st.sampled_from(RAWS), st.sampled_from(OPENINGS)), max_size=5))
    how = instrument_on(TEXT, NAME, day.date).digest
    made = ((draw(st.sampled_from(CONTENTS)), 3, draw(st.sampled_from(BOOKS))) for _ in inputs)
    return [
        Build(bytes_digest(raw), opening, how, REBUILD_VERSION, *gave)
        for (raw, opening), gave in zip(sorted(inputs), made, strict=True)
    ]


def lake_of(case: Situation) -> tuple[Lake, CommitId]:
    lake = MemoryLake(keys=Keyring.in_memory())
    files = {reference_path(NAME): TEXT.encode()}
    files |= {raw_path(NAME, day.date): raw for day, raw in case.raws.items()}
    files |= {published_verdict_path("gated", day): n.encode() for day, n in case.notes.items()}
    commit = append(lake, MAIN, files, message="all")
    said = {
        build_path("gated", day, build.input): build.encode(f"gated/{day}")
        for day, found in case.builds.items()
        for build in found
    }
    record(lake, said, "builds")
    return lake, commit


def walked(lake: Lake, commit: CommitId, case: Situation) -> dict[str, str]:
    """Return what a walk over all days finds, as the gate did it once."""
    ledger = Ledger(lake)
    published = {}
    for day, note in case.notes.items():
        build = ledger.build("gated", day, note.build)
        assert build is not None
        published[day] = build
    left = published.keys() & set(case.touched)
    days = [
        replace(link, build=published[link.partition]) if link.partition in left else link
        for link in links(lake, commit, "gated", NAME)
    ]
    reasons = {}
    while found := first_break(days, published, left):
        day, why = found
        left.discard(day)
        reasons[str(day)] = why
    return reasons


@settings(max_examples=150, deadline=None)
@given(case=situations())
def test_what_hangs_together_is_what_a_walk_over_all_days_finds(case: Situation) -> None:
    lake, commit = lake_of(case)
    known = Known(lake)
    raw = RawDays(known, known.renew(), CONTRACT, Views(lake).at(commit), NAME)
    newest = {link.partition: link.build for link in links(lake, commit, "gated", NAME)}
    for day in reversed(raw.days):
        at = raw.place(day)
        assert at is not None
        assert raw.newest(at).build == newest[day]
        assert raw.newest(at).build == newest[day]  # and once more, from what is remembered
    assert Chain(raw, frozenset(case.touched)).broken() == walked(lake, commit, case)


def test_a_chain_without_any_snapshot_is_no_matter_of_depth() -> None:
    days = [Partition(NAME, str(dt.date(2018, 1, 1) + dt.timedelta(n))) for n in range(2000)]
    how, opening = instrument_on(TEXT, NAME, "2024-01-01").digest, NO_BOOK
    builds = []
    for day in days:
        closing, raw = bytes_digest(str(day).encode()), bytes_digest(b"raw")
        builds.append(Build(raw, opening, how, REBUILD_VERSION, CONTENTS[0], 3, closing))
        opening = closing
    lake = MemoryLake(keys=Keyring.in_memory())
    both = list(zip(days, builds, strict=True))
    record(lake, {build_path("gated", d, b.input): b.encode(f"gated/{d}") for d, b in both}, "all")
    files = {reference_path(NAME): TEXT.encode()}
    commit = append(
        lake, MAIN, files | {raw_path(NAME, d.date): b"raw" for d in days}, message="all"
    )
    known = Known(lake)
    raw_days = RawDays(known, known.renew(), CONTRACT, Views(lake).at(commit), NAME)
    for at in (1999, 1000, 0):
        assert raw_days.newest(at).build == builds[at]
