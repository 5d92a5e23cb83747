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
from karat.cli.server_key import access_to
from karat.cli.workplace import Workplace
from karat.errors import InputError, KaratError, RepositoryNotFound
from karat.lake import open_lake
from karat.signing import KeyFiles

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
        *_keys(place.key_files),
        _contract(place),
        *_plugged("readers", needed=True),
        *_plugged("statistics", needed=False),
        _cache(),
    ]


def _libraries() -> Iterator[Finding]:
    for name, said, good in requirements():
        yield Finding(name, good=good, said=said)


def _lake(place: Workplace) -> Finding:
    remote = place.lake_url.startswith("lakefs:")
    root = place.lake_url if remote else str(_folder(place.lake_url))
    if not remote and (why := _in_the_way(Path(root))):
        return Finding("lake", good=False, said=f"{why}, or choose another --lake")
    try:  # without keys: nothing is made
        lake = open_lake(place.url, create=False, access=access_to(place.url))
        count = sum(1 for _ in lake.branches())
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


def _keys(files: KeyFiles) -> Iterator[Finding]:
    """Yield who is trusted, and whether this machine can sign, with a key that is its own."""
    if not files.exist:
        said = f"none yet: the first command that makes a lake makes {files.signing_key}"
        yield Finding("keys", good=True, said=said)
        return
    try:
        trust = files.trust()
        yield Finding("trust", good=True, said=f"{len(trust.valid)} keys, {files.trust_root}")
        if not files.signing_key.exists():
            yield Finding("signing key", good=True, said="none: this machine verifies only")
            return
        key, mode = files.signer().key_id, files.signing_key.stat().st_mode
    except KaratError as error:
        yield Finding("keys", good=False, said=str(error))
        return
    if key not in trust.valid:
        yield Finding("signing key", good=False, said=f"{key[:16]} is not trusted: karat keys new")
    elif mode & 0o077:
        yield Finding("signing key", good=False, said=f"run chmod 600 {files.signing_key}")
    else:
        yield Finding("signing key", good=True, said=f"{key[:16]}, {files.signing_key}")


def _contract(place: Workplace) -> Finding:
    try:
        contract = place.contract
    except InputError as error:
        return Finding("contract", good=False, said=str(error))
    return Finding("contract", good=True, said=f"{place.contract_file} on {contract.dataset}")


def _plugged(group: str, *, needed: bool) -> Iterator[Finding]:
    found = sorted(entry_points(group=f"karat.{group}"), key=lambda entry: entry.name)
    if needed and not found:
        yield Finding(group, good=False, said="none found: install karat again (make setup)")
    broken = []
    for entry in found:
        try:
            entry.load()
        except (ImportError, AttributeError) as error:
            broken.append(entry.name)
            said = f"{entry.name}: {error}: install what it needs"
            yield Finding(group.removesuffix("s"), good=False, said=said)
    names = ", ".join(entry.name for entry in found if entry.name not in broken)
    if names:
        yield Finding(group, good=True, said=names)


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
