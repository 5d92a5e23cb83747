"""A lake in a directory of one machine: files for bytes, SQLite for names and trees.

Not for network disks: SQLite's write-ahead log needs one host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from karat.errors import InputError, RepositoryNotFound
from karat.lake.backend import Backend
from karat.lake.blobs import ClosedBlobs, FileBlobs
from karat.lake.database import Database
from karat.lake.failures import translated
from karat.lake.keys import Keys
from karat.lake.metadata import SqliteRefs
from karat.lake.protocol import Lake
from karat.lake.repository import Repository
from karat.lake.schema import prepare
from karat.lake.trees import MerkleTrees
from karat.telemetry import Clock, now_s


class LocalLake(Repository):
    """The lake at `root`; made when it is missing and `create`, else `RepositoryNotFound`.

    `LakeUnusable` when the directory cannot be made, read or written. Safe for threads and
    processes. With `read_only` nothing is made, and permission to read is enough.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock = now_s,
        create: bool = True,
        keys: Keys | None = None,
        read_only: bool = False,
    ) -> None:
        self.root = root.absolute()
        self.database = Database(self.root, read_only=read_only)
        self.blobs = ClosedBlobs(self.root) if read_only else FileBlobs(self.root)
        with translated(self.root):
            if not (create and not read_only) and not self.database.path.is_file():
                raise RepositoryNotFound(f"no lake at {self.root}: create one, or mend the address")
            if not read_only:
                self.blobs.make_folders()
        prepare(self.database, self.blobs.is_empty)
        self.refs = SqliteRefs(self.database, clock)
        self.trees = MerkleTrees(self.database)
        self.backend = Backend(self.refs, self.trees, self.blobs, clock)
        super().__init__(self.backend, keys)
        self._read_only = read_only

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process open the directory for itself, with the same keys."""
        return _opened, (self.root, self.keys, self._read_only)


def _opened(root: Path, keys: Keys, read_only: bool) -> LocalLake:
    return LocalLake(root, create=False, keys=keys, read_only=read_only)


def local_lake(lake: Lake, what: str) -> LocalLake:
    """Return `lake`, which is one in a directory; `InputError` for any other."""
    if not isinstance(lake, LocalLake):
        raise InputError(f"{what} is for a lake in a directory: this one is elsewhere")
    return lake
