"""Merges that are asked for and not made: a commit of main's head and another, on no branch."""

from __future__ import annotations

from typing import Any

from karat.gate import Asked, Ruling, judge_merge
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path, published_verdict_path

TRY = "try-merge"


def path_of(partition: Partition) -> str:
    return dataset_path("book_events", partition.instrument, partition.date)


def note_of(partition: Partition) -> str:
    return published_verdict_path("book_events", partition)


def merged(lake: Lake, source: str, expected: str | None = "") -> Asked:
    """Merge beside main, as lakeFS does before it asks; with main's head as the expected one."""
    head = lake.head(MAIN)
    lake.create_branch(TRY, head)
    try:
        commit = lake.merge(source, TRY, message="try")
    finally:
        lake.delete_branch(TRY)
    said = {"expected-head": expected or head} if expected is not None else {}
    return Asked(commit, lake.resolve(source), said)


def asked(place: Any, source: str, expected: str | None = "") -> Ruling:
    """Ask the gate for a merge into main."""
    merge = merged(place.lake, source, expected)
    return judge_merge(place.lake, [place.contract], merge, store=place.store)


def branch_of(lake: Lake, base: str, files: dict[str, Any], *, gone: tuple[str, ...] = ()) -> str:
    """Return a commit on top of `base` that holds `files`, bytes or local files."""
    with lake.session(base) as session:
        for path, data in files.items():
            session.put(path, data)
        for path in gone:
            session.delete(path)
        return session.commit("by hand")


def picked(lake: Lake, audit: str, notes: dict[str, bytes], *days: Partition) -> str:
    """Return a commit on main that holds the bytes of `audit` for `days`, and their `notes`."""
    files: dict[str, Any] = {path_of(day): lake.local_path(audit, path_of(day)) for day in days}
    files |= {note_of(day): notes[note_of(day)] for day in days}
    return branch_of(lake, lake.head(MAIN), files)
