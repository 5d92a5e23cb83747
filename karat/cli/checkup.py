"""What `karat doctor` looks at: each check says what it found, or what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

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
    root = _folder(place.lake_url)
    if why := _in_the_way(root):
        return Finding("lake", good=False, said=f"{why}, or choose another --lake")
    try:
        count = sum(1 for _ in place.lake.branches())
    except RepositoryNotFound:
        return Finding("lake", good=True, said=f"none yet at {root}: karat ingest makes it")
    except KaratError as error:
        return Finding("lake", good=False, said=str(error))
    return Finding("lake", good=True, said=f"{root}, {count} branches")


def _folder(url: str) -> Path:
    """Return the directory of a lake on this machine."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else Path(url).absolute()


def _in_the_way(folder: Path) -> str:
    """Return why nothing can be written at `folder`, or below where it will be; empty if it can."""
    there = next(p for p in (folder, *folder.parents) if p.exists())
    if not there.is_dir():
        return f"{there} is a file: move it away"
    return "" if os.access(there, os.W_OK) else f"{there} cannot be written: own it"


def _home(home: Path) -> Iterator[Finding]:
    """Yield whether the home can be written, how much room it has, and where Dagster keeps runs."""
    if why := _in_the_way(home):
        yield Finding("home", good=False, said=f"{why}, or choose another --home")
        return
    there = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(there).free
    advice = "" if free > LOW_SPACE else ": free some"
    yield Finding("home", good=free > LOW_SPACE, said=f"{size(free)} free at {home}{advice}")
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
