"""Look at all that a local lake holds, and tell what is damaged; nothing is mended in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from karat.digest import file_digest
from karat.errors import CorruptError
from karat.lake.backend import Entry, Record
from karat.lake.failures import translated
from karat.lake.local import LocalLake, local_lake
from karat.lake.nodes import EMPTY, Node
from karat.lake.protocol import CommitId, Lake
from karat.lake.uses import Use, uses

DATABASE = "lake.db"
WRONG_SIZE, WRONG_BYTES = "not of the size that was put", "not the bytes of its name"
MOVED = {WRONG_SIZE, WRONG_BYTES}


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was written: what, how, and which files of which commits it is.

    `kind` is ``database``, ``ref``, ``commit``, ``tree`` or ``blob``; `quarantined` tells that a
    blob was moved to ``quarantine/``.
    """

    kind: str
    name: str
    how: str
    uses: tuple[Use, ...] = ()
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found and counted; without damages the lake is whole.

    The rows and blobs that nothing leads to are no damage: `gc` takes them when they are old.
    Bytes were read only when `deep`.
    """

    damages: tuple[Damage, ...]
    refs: int
    commits: int
    tree_nodes: int
    blobs: int
    blob_bytes: int
    unreachable: int
    deep: bool


def fsck(lake: Lake, *, deep: bool = False) -> Findings:
    """Check the database, that every ref, commit, tree and blob is there and what its name says.

    Blobs are looked at by size, and read when `deep`. A damaged one is moved to ``quarantine/``,
    so that whoever reads it is told that it is gone, and who puts the same bytes again heals the
    lake; nothing moves in one opened read-only. Collection waits meanwhile, writers do not.
    `InputError` for a lake that is not in a directory.
    """
    local = local_lake(lake, "fsck")
    with translated(local.root), local.blobs.gate.shared():
        return _Check(local, deep=deep).run()


@dataclass
class _Check:
    """One look: what was met so far."""

    lake: LocalLake
    deep: bool
    damages: list[Damage] = field(default_factory=list)
    commits: set[CommitId] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)

    def run(self) -> Findings:
        refs = unreachable = 0
        try:
            self._database()
            refs = self._refs()
            self._blobs()
            unreachable = self._unreachable()
        except CorruptError as error:  # a database too damaged to be asked
            self.damages.append(Damage("database", DATABASE, str(error)))
        total = sum(self.sizes.values())
        counts = (refs, len(self.commits), len(self.nodes), len(self.sizes), total)
        return Findings(tuple(self.damages), *counts, unreachable, self.deep)

    def _database(self) -> None:
        with self.lake.database.connection() as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if said != ["ok"]:
            self.damages.extend(Damage("database", DATABASE, line) for line in said)

    def _refs(self) -> int:
        refs = [*self.lake.branches(), *self.lake.tags()]
        for ref in refs:
            self._history(ref.name, ref.commit)
        return len(refs)

    def _history(self, ref: str, tip: CommitId) -> None:
        todo = [(tip, f"named by {ref}")]
        while todo:
            name, why = todo.pop()
            if name in self.commits:
                continue
            self.commits.add(name)
            record = self._record(name, why)
            if record is not None:
                parents = record.commit.parents
                todo.extend((parent, f"a parent of {name}") for parent in parents)
                self._tree(record.commit.tree_id)

    def _record(self, name: CommitId, why: str) -> Record | None:
        try:
            record = self.lake.refs.record(name)
        except CorruptError as error:
            self.damages.append(Damage("commit", name, str(error)))
            return None
        if record is None:
            self.damages.append(Damage("commit", name, f"missing, and {why}"))
        return record

    def _tree(self, root: str) -> None:
        todo = [root]
        while todo:
            name = todo.pop()
            if name == EMPTY or name in self.nodes:
                continue
            self.nodes.add(name)
            try:
                node = self.lake.trees.read(name)
            except CorruptError as error:
                self.damages.append(Damage("tree", name, str(error)))
                continue
            todo.extend(node.children())
            if isinstance(node, Node):
                self._files(node.files.values())

    def _files(self, entries: Iterable[Entry]) -> None:
        self.sizes.update((entry.content_hash, entry.size) for entry in entries)

    def _blobs(self) -> None:
        bad = {
            name: how
            for name, size in sorted(self.sizes.items())
            if (how := self._blob(name, size)) is not None
        }
        where = uses(self.lake, bad) if bad else {}
        for name, how in bad.items():
            moved = how in MOVED and not self.lake.database.read_only
            moved = moved and self.lake.blobs.quarantine(name)
            self.damages.append(Damage("blob", name, how, where.get(name, ()), quarantined=moved))

    def _blob(self, name: str, size: int) -> str | None:
        path = self.lake.blobs.file(name)
        try:
            found = path.stat().st_size
            if found != size:
                return WRONG_SIZE
            if self.deep and file_digest(path) != name:
                return WRONG_BYTES
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            return f"cannot be read ({error.strerror}): see to the disk"
        return None

    def _unreachable(self) -> int:
        with self.lake.database.connection() as connection:
            rows = [name for (name,) in connection.execute("SELECT id FROM commits")]
            rows += [name for (name,) in connection.execute("SELECT name FROM trees")]
        loose = sum(path.name not in self.sizes for path in self.lake.blobs.files())
        return loose + sum(name not in self.commits and name not in self.nodes for name in rows)
