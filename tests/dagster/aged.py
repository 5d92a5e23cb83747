"""A lake that is older than a day: what of it may go, and what may not, counted file by file."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from karat import open_lake
from karat.cli.settings import Settings
from karat.lake.testing.writing import publish, write
from karat.store import DiskStore

AGE_S = 100 * 86_400
OVER, LOST, STATE, KEPT = b"over" * 300, b"lost" * 500, b"state" * 70, b"kept" * 900
"""Of an audit branch that is newer on main, of a branch that is gone, computed, and on main."""


def aged(settings: Settings) -> None:
    """Write in a home, as if 100 days ago, something of each class that is not kept for ever."""
    then = int(time.time()) - AGE_S
    clock: Callable[[], int] = lambda: then  # noqa: E731 - it stands for a clock
    lake = open_lake(settings.lake, clock=clock, files=settings.key_files)
    publish(lake, {"notes/kept": KEPT})
    write(lake, "wap-aged", {"notes/day": OVER})
    publish(lake, {"notes/day": b"newer"})
    write(lake, "left", {"notes/lost": LOST})
    lake.delete_branch("left")
    for said in (OVER, LOST, KEPT):
        for file in files_with(settings, said):
            os.utime(file, (then, then))
    DiskStore(settings.store, clock=clock).put_many({"aged": STATE})


def files_with(settings: Settings, said: bytes) -> list[Path]:
    """Return the files of a home's lake that say exactly this."""
    name = hashlib.sha256(said).hexdigest()
    root = Path(unquote(urlsplit(settings.lake).path))
    return [one for one in root.rglob("*") if one.name == name]


def on_disk(settings: Settings, said: bytes) -> int:
    """Return how many bytes of the disk the files of a home's lake that say this take."""
    return sum(one.stat().st_size for one in files_with(settings, said))
