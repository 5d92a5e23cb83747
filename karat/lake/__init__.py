"""Takes files and changes to them; gives commits, branches, merges and tags that lose nothing."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from karat.errors import InputError
from karat.lake.keys import Keys
from karat.lake.lakefs_access import Access
from karat.lake.protocol import (
    Change,
    Commit,
    CommitId,
    Lake,
    ObjectInfo,
    Prefix,
    Ref,
    WriteSession,
)
from karat.telemetry import Clock, now_s

if TYPE_CHECKING:
    from karat.lake.memory import MemoryLake

__all__ = [
    "Access",
    "Change",
    "Commit",
    "CommitId",
    "Keys",
    "Lake",
    "ObjectInfo",
    "Prefix",
    "Ref",
    "WriteSession",
    "open_lake",
]
_shared: dict[str, MemoryLake] = {}
_sharing = Lock()


def open_lake(
    url: str | Path,
    *,
    clock: Clock = now_s,
    create: bool = True,
    keys: Keys | None = None,
    read_only: bool = False,
    access: Access | None = None,
) -> Lake:
    """Open the lake at `url`; with `create`, one that is missing is made.

    ``memory:`` is a new lake each time, ``memory:name`` one for the whole process;
    ``file:///path`` or a plain path is a directory on this machine; ``lakefs://host/repository``
    is on a lakeFS server, reached by `access` (and needs ``karat[lakefs]``). `RepositoryNotFound`
    when it is missing and `create` is false; `LakeUnusable` when it cannot be opened or written;
    `InputError` for any other address. `keys` sign what is recorded in its ledger and say what
    of it is believed; without any, the ledger can be neither written nor read.

    A directory that is opened `read_only` may be one without permission to write, or on a disk
    that is mounted so; it is not made when missing, and every write is an `InputError`.
    """
    text = str(url)
    if text.startswith("memory:"):
        if read_only:
            raise InputError("a lake in memory is not opened read-only: leave read_only out")
        return _memory(text.removeprefix("memory:"), clock, keys)
    if text.startswith("lakefs:"):
        return _lakefs(text, access, keys, create=create, read_only=read_only)
    return _local(_directory(text), clock, keys, create=create, read_only=read_only)


def _memory(name: str, clock: Clock, keys: Keys | None) -> Lake:
    from karat.lake.memory import MemoryLake

    if not name:
        return MemoryLake(clock, keys)
    with _sharing:
        if name not in _shared:
            _shared[name] = MemoryLake(clock, keys)
        return _shared[name]


def _lakefs(
    url: str, access: Access | None, keys: Keys | None, *, create: bool, read_only: bool
) -> Lake:
    if access is None:
        raise InputError(
            "a lake on a lakeFS server needs a key: set LAKECTL_CREDENTIALS_ACCESS_KEY_ID and "
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY, or give open_lake an access"
        )
    try:
        from karat.lake.lakefs import LakeFSLake
    except ModuleNotFoundError as error:
        if error.name not in {"lakefs_sdk", "tenacity", "urllib3"}:
            raise
        raise InputError(
            "lakeFS's client is not installed: install karat with its extra 'lakefs'"
        ) from error
    return LakeFSLake(url, access, create=create, keys=keys, read_only=read_only)


def _local(root: Path, clock: Clock, keys: Keys | None, *, create: bool, read_only: bool) -> Lake:
    from karat.lake.local import LocalLake

    return LocalLake(root, clock=clock, create=create, keys=keys, read_only=read_only)


def _directory(url: str) -> Path:
    parts = urlsplit(url)
    if "://" not in url and parts.scheme != "file" and url:
        return Path(url).expanduser()
    named = parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path
    if not named or parts.query or parts.fragment:  # a "#" or "?" in a name is written %23 or %3F
        raise InputError(
            f"no lake can be opened at {url!r}: give 'memory:', 'memory:name', 'file:///path', "
            "'lakefs://host/repository' or a directory"
        )
    return Path(unquote(parts.path))
