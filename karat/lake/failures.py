"""The one place where what the machine says becomes what karat says."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from karat.errors import CorruptError, KaratError, LakeBusy, LakeUnusable

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the quota is used up: free some space",
    errno.EACCES: "permission denied: own or open up the directory, or choose another",
    errno.EPERM: "permission denied: own or open up the directory, or choose another",
    errno.EROFS: "the disk is read-only: choose a directory that can be written",
    errno.ENOTDIR: "a part of the path is a regular file: choose another directory",
    errno.EEXIST: "a regular file stands there: choose another directory",
    errno.EISDIR: "a directory stands where a file belongs: move it away",
}


@contextmanager
def translated(root: Path) -> Iterator[None]:
    """Let only karat's errors out of work on the lake at `root`.

    `LakeBusy` for a lock that another writer holds too long, `CorruptError` for a database that
    is damaged, `LakeUnusable` with the path and what to do for all else.
    """
    try:
        yield
    except KaratError:
        raise
    except sqlite3.Error as error:
        raise _database_error(root, error) from error
    except OSError as error:
        raise LakeUnusable(_os_message(root, error)) from error


def _database_error(root: Path, error: sqlite3.Error) -> KaratError:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LakeBusy(f"the lake at {root} is held by another writer: try again")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or _is_strange(name, error):
        return CorruptError(f"the database of the lake at {root} is damaged ({error}): restore it")
    if name.startswith("SQLITE_FULL"):
        return LakeUnusable(f"the lake at {root}: {_ADVICE[errno.ENOSPC]}")
    if name.startswith("SQLITE_IOERR"):
        return LakeUnusable(f"the lake at {root} cannot be used ({error}): see to the disk")
    return LakeUnusable(f"the lake at {root} cannot be used ({error}): check its permissions")


def _is_strange(name: str, error: sqlite3.Error) -> bool:
    """Tell of missing tables and of text that is no UTF-8, which have no names of their own."""
    return isinstance(error, sqlite3.OperationalError) and name in {"", "None", "SQLITE_ERROR"}


def _os_message(root: Path, error: OSError) -> str:
    where = error.filename or root
    advice = _ADVICE.get(error.errno or 0, f"{error.strerror or error}: see to the disk")
    return f"the lake at {root} cannot be used, at {where}: {advice}"
