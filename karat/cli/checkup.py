"""What `karat doctor` looks at: each check says what it found, or what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from karat.cli.installed import requirements
from karat.cli.output import size
from karat.cli.workplace import Workplace
from karat.errors import InputError, KaratError, RepositoryNotFound

LOW_SPACE = 1_000_000_000


class Finding(NamedTuple):
    """Whether one thing is good, and what is to be said of it."""

    what: str
    good: bool
    said: str


def checkup(place: Workplace) -> list[Finding]:
    """Return what is found at a workplace; nothing is written there."""
    return [
        *_libraries(),
        _lake(place),
        *_home(place.home),
        _contract(place),
        *_readers(),
        _cache(),
    ]


def _libraries() -> Iterator[Finding]:
    for name, said, good in requirements():
        yield Finding(name, good=good, said=said)


def _lake(place: Workplace) -> Finding:
    try:
        count = sum(1 for _ in place.lake.branches())
    except RepositoryNotFound:
        return Finding(
            "lake", good=True, said=f"none yet at {place.lake_url}: karat ingest makes it"
        )
    except KaratError as error:
        return Finding("lake", good=False, said=str(error))
    return Finding("lake", good=True, said=f"{place.lake_url}, {count} branches")


def _home(home: Path) -> Iterator[Finding]:
    """Yield whether the home can be written, how much room it has, and where Dagster keeps runs."""
    there = next(p for p in (home, *home.parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        yield Finding(
            "home", good=False, said=f"{there} cannot be written: own it, or choose another --home"
        )
        return
    free = shutil.disk_usage(there).free
    room = f"{size(free)} free at {home}"
    yield Finding(
        "home", good=free > LOW_SPACE, said=room if free > LOW_SPACE else f"{room}: free some"
    )
    kept = "there" if (home / "dagster").is_dir() else "not yet: karat demo makes it"
    yield Finding("DAGSTER_HOME", good=True, said=f"{home / 'dagster'} for `make dev`, {kept}")


def _contract(place: Workplace) -> Finding:
    try:
        contract = place.contract
    except InputError as error:
        return Finding("contract", good=False, said=str(error))
    return Finding("contract", good=True, said=f"{place.contract_file} on {contract.dataset}")


def _readers() -> Iterator[Finding]:
    found = sorted(entry_points(group="karat.readers"), key=lambda entry: entry.name)
    if not found:
        yield Finding("readers", good=False, said="none found: install karat again (make setup)")
    broken = []
    for entry in found:
        try:
            entry.load()
        except (ImportError, AttributeError) as error:
            broken.append(entry.name)
            yield Finding(
                "reader", good=False, said=f"{entry.name}: {error}: install what it needs"
            )
    names = ", ".join(entry.name for entry in found if entry.name not in broken)
    if names:
        yield Finding("readers", good=True, said=names)


def _cache() -> Finding:
    """Return whether compiled code can be kept beside its source."""
    import karat.messages

    folder = Path(karat.messages.__file__).parent
    kept = folder / "__pycache__"
    good = os.access(kept if kept.exists() else folder, os.W_OK)
    advice = (
        "" if good else " cannot be written: set NUMBA_CACHE_DIR, or each process compiles anew"
    )
    return Finding("numba cache", good=good, said=f"{kept}{advice}")
