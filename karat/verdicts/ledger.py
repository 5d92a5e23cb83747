"""The append-only ledger: every build and every verdict, signed, under the name of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from karat.digest import bytes_digest
from karat.errors import CorruptError, MergeConflict
from karat.lake import CommitId, Lake
from karat.lake.again import again_while
from karat.lake.append import append
from karat.lake.layout import (
    LEDGER,
    Partition,
    build_path,
    carry_path,
    order_path,
    root_path,
    verdict_path,
    verdict_prefix,
)
from karat.messages import Carry
from karat.signing import may_speak_of, speaks_of
from karat.verdicts.batches import batches
from karat.verdicts.build import Build
from karat.verdicts.order import Entry, history
from karat.verdicts.root import RootVerdict
from karat.verdicts.shown import History
from karat.verdicts.verdict import Verdict


class Ledger:
    """The ledger as it is when it is first read, shown to be whole and signed.

    A record by a key that was revoked counts as not there. CorruptError when anything was edited,
    exchanged or removed; UntrustedError for what a stranger signed. Who asks after records in some
    folders `only` does not wait until all of a ledger is shown that this machine never saw.
    """

    def __init__(self, lake: Lake, *, whole: bool = False, only: Sequence[str] = ()) -> None:
        self.lake, self._whole, self._only = lake, whole, only

    @cached_property
    def history(self) -> History:
        """Return what the ledger holds, and in which order it came."""
        return history(self.lake, whole=self._whole, only=self._only)

    @property
    def commit(self) -> CommitId:
        """Return the commit that is read."""
        return self.history.commit

    def build(self, dataset: str, partition: Partition, input_digest: str) -> Build | None:
        """Return a build, or None."""
        data = self.payload(build_path(dataset, partition, input_digest))
        return None if data is None else Build.decode(data, input_digest, f"{dataset}/{partition}")

    def verdict(
        self, dataset: str, partition: Partition, key: str, contract: str = ""
    ) -> Verdict | None:
        """Return a verdict, or None; one that was recorded with others in full, as it follows.

        With the digest of its `contract`, only what was recorded under that is looked into.
        """
        data = self.payload(verdict_path(dataset, partition, key))
        if data is not None:
            return Verdict.decode(data, key)
        name = str(partition)
        for one in batches(self, dataset, contract):
            if name in one.batch.entries and one.batch.entries[name].key == key:
                return one.verdict(name)
        return None

    def root(self, dataset: str, key: str, contract: str) -> RootVerdict | None:
        """Return the verdict on partitions as one, or None."""
        data = self.payload(root_path(dataset, key))
        if data is not None:
            return RootVerdict.decode(data, key)
        roots = (one.batch.root for one in batches(self, dataset, contract))
        return next((root for root in roots if root.key == key), None)

    def has_root(self, root: RootVerdict) -> bool:
        """Return whether a trusted key signed this verdict on many, by itself or with them."""
        many = self.history.together(root.dataset, root.contract)
        beside = [path for path in many if path.rpartition("/")[2].startswith(root.key)]
        paths = [root_path(root.dataset, root.key), *beside]
        return any(self.payload(path) is not None for path in paths)

    def judged(self, dataset: str, partition: Partition) -> Iterator[Verdict]:
        """Yield every verdict on a partition, whatever it was judged on and under."""
        yield from self._judged_alone(dataset, partition)
        name = str(partition)
        for one in batches(self, dataset):
            if name in one.batch.entries:
                yield one.verdict(name)

    def has_judged(self, dataset: str, partition: Partition, content: str) -> bool:
        """Return whether a trusted key signed a verdict on this content of a partition."""
        if any(one.inputs.content == content for one in self._judged_alone(dataset, partition)):
            return True
        name = f"{dataset}/{partition}"
        for path in self.history.together(dataset):
            if self._may_speak_of(path, name, content):
                data = self.payload(path)
                if data is not None and speaks_of(data, name, content):
                    return True
        return False

    def _may_speak_of(self, path: str, name: str, digest: str) -> bool:
        """Return False where what was signed at `path` has no such subject, whoever signed it.

        These bytes are those that the ledger's order names. To check signatures takes longer.
        """
        places = self._places(path)
        return any(may_speak_of(self._bytes(place), name, digest) for place in places)

    def _judged_alone(self, dataset: str, partition: Partition) -> Iterator[Verdict]:
        """Yield the verdicts on a partition that have records of their own."""
        below = len(verdict_prefix(dataset, partition))
        for path in self.history.judged(dataset, partition):
            verdict = self.verdict(dataset, partition, path[below:].removesuffix(".json"))
            if verdict:
                yield verdict

    def carry(self, dataset: str, name: str) -> Carry:
        """Return a book that carries over; ObjectNotFound."""
        with self.lake.open(self.commit, carry_path(dataset, name)) as stream:
            return Carry.decode(stream.read(), name)

    def holds(self, path: str) -> bool:
        """Return whether something was recorded at `path`, whoever signed it."""
        return path in self.history.records

    def payload(self, path: str) -> bytes | None:
        """Return what a trusted key signed at `path` or beside it, or None."""
        found = {data for data, revoked in self.signed(path) if not revoked}
        if len(found) > 1:
            raise CorruptError(f"ledger: trusted keys signed different things at {path}")
        return found.pop() if found else None

    def signed(self, path: str) -> Iterator[tuple[bytes, str]]:
        """Yield what was signed at `path` and beside it, each with why its key is revoked."""
        for place in self._places(path):
            yield self.lake.keys.opened(self._bytes(place), f"ledger: {place}")

    def _places(self, path: str) -> Iterator[str]:
        stem = path.removesuffix(".json")
        return filter(self.holds, (path, *self.history.beside.get(stem, ())))

    def _bytes(self, place: str) -> bytes:
        with self.lake.open(self.commit, place) as stream:
            return stream.read()

    def free(self, path: str) -> str:
        """Return where a record for `path` goes: beside one that a revoked key signed."""
        if not self.holds(path):
            return path
        return f"{path.removesuffix('.json')}-{self.lake.keys.key_id}.json"


def record(
    lake: Lake,
    statements: Mapping[str, bytes],
    message: str,
    *,
    files: Mapping[str, bytes] | None = None,
    also: Callable[[Ledger], Mapping[str, bytes]] | None = None,
) -> CommitId:
    """Sign `statements` and add them to the ledger by their paths, and `files` as they are.

    What stands there already is left alone: a file, because its name says what it holds, and a
    statement that any trusted key signed. All or nothing; nothing is ever overwritten. Raises
    CorruptError when a trusted key signed something else there, UntrustedError without a key.

    `also` gives further statements from the ledger as it is before all this: where someone else
    has taken one of their paths meanwhile, it is asked again.
    """
    more = also or (lambda _: {})
    # another has recorded there meanwhile
    return again_while(
        (MergeConflict,), lambda: _record(lake, (statements, more), message, files or {})
    )


def _record(
    lake: Lake,
    said: tuple[Mapping[str, bytes], Callable[[Ledger], Mapping[str, bytes]]],
    message: str,
    files: Mapping[str, bytes],
) -> CommitId:
    ledger, (statements, also) = Ledger(lake), said
    new = {path: data for path, data in files.items() if not ledger.holds(path)}
    for path, told in {**statements, **also(ledger)}.items():
        there = ledger.payload(path)
        if there is None:
            new[ledger.free(path)] = lake.keys.sign(told)
        elif there != told:
            raise CorruptError(f"ledger: {path} says something else than would be recorded now")
    if not new:
        return ledger.commit
    named = {path: bytes_digest(data) for path, data in new.items()}
    entry = lake.keys.sign(Entry(named, ledger.history.tips).encode())
    new[order_path(bytes_digest(entry))] = entry
    append(lake, LEDGER, new, message=message, base=ledger.commit)
    return Ledger(lake).commit
