"""A lake in a directory of one machine: files for bytes, SQLite for names and trees.

Not for network disks: SQLite's write-ahead log needs one host.
"""

from __future__ import annotations

from pathlib import Path

from karat.errors import RepositoryNotFound
from karat.lake.backend import Backend
from karat.lake.blobs import FileBlobs
from karat.lake.database import Database
from karat.lake.failures import translated
from karat.lake.keys import Keys
from karat.lake.metadata import SqliteRefs
from karat.lake.repository import Repository
from karat.lake.schema import prepare
from karat.lake.trees import MerkleTrees
from karat.telemetry import Clock, now_s


class LocalLake(Repository):
    """The lake at `root`; made when it is missing and `create`, else `RepositoryNotFound`.

    `LakeUnusable` when the directory cannot be made, read or written. Safe for threads and
    processes.
    """

    def __init__(
        self, root: Path, *, clock: Clock = now_s, create: bool = True, keys: Keys | None = None
    ) -> None:
        root = root.absolute()
        database, blobs = Database(root), FileBlobs(root)
        with translated(root):
            if not create and not database.path.is_file():
                raise RepositoryNotFound(f"no lake at {root}: create one, or mend the address")
            blobs.make_folders()
        prepare(database, blobs.is_empty)
        super().__init__(Backend(SqliteRefs(database), MerkleTrees(database), blobs, clock), keys)
