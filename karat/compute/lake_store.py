"""A store on a branch of a lake: what one machine computed, for all others.

Entries lie in packs of many, a commit each, which are never changed. A pack's index is signed as
records of the ledger are: whoever cannot sign verdicts cannot forge the states they are made of.
What a stranger or a revoked key signed counts as not there. Nothing else of the lake is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any

from karat.compute.pack import Index, packed
from karat.digest import bytes_digest, digest
from karat.errors import CorruptError, RefExists, RefNotFound, UntrustedError
from karat.lake import CommitId, Lake, Prefix
from karat.lake.append import append
from karat.lake.layout import LEDGER
from karat.signing import read_statement, statement
from karat.store.keys import check_key

BRANCH = "states"
FOLDER = "packs/"
KIND = "pack:1"
PACK_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Pack:
    path: str
    index: Index


class LakeStore:
    """The states that `lake` carries; what is put waits for `flush`, which commits it as a pack.

    The branch is looked at once, when something is first asked for, and after each `flush`.
    `corrupt` counts packs and entries that are not what was signed, `untrusted` packs that nobody
    who is believed signed. Errors are the lake's.
    """

    def __init__(self, lake: Lake) -> None:
        self.corrupt = self.untrusted = 0
        self._lake, self._lock = lake, RLock()
        self._commit: CommitId | None = None
        self._packs: list[_Pack] | None = None
        self._waiting: dict[str, bytes] = {}
        self._waiting_bytes = 0
        self._rejected: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process look for itself; what waits is not sent."""
        return LakeStore, (self._lake,)

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None when it is missing or not believed."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return what was last put under those of `keys` that are there and believed."""
        asked = dict.fromkeys(check_key(key) for key in keys)
        with self._lock:
            for key in self._rejected & asked.keys():
                del asked[key]
            found = {key: self._waiting[key] for key in asked if key in self._waiting}
            for pack in reversed(self._known()):
                found |= self._read(pack, [key for key in asked if key not in found])
        return found

    def holds(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that are there; no entry is read."""
        with self._lock:
            known = [pack.index.places for pack in self._known()]
            asked = set(keys) - self._rejected
            return {key for key in asked if any(key in places for places in known)}

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, for others after the next `flush`."""
        self.put_many({key: data})

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep each of `items` under its key; 64 MiB that wait are flushed."""
        whole = {check_key(key): bytes(data) for key, data in items.items()}
        with self._lock:
            self._waiting_bytes += sum(map(len, whole.values()))
            self._waiting |= whole
            self._rejected -= whole.keys()
            if self._waiting_bytes >= PACK_BYTES:
                self.flush()

    def reject(self, keys: Collection[str]) -> None:
        """Give nothing under `keys` any more until it is put again; packs stay as they are."""
        asked = {check_key(key) for key in keys}
        with self._lock:
            self.corrupt += len(self.holds(asked) | asked & self._waiting.keys())
            self._rejected |= asked
            for key in asked & self._waiting.keys():
                self._waiting_bytes -= len(self._waiting.pop(key))

    def flush(self) -> int:
        """Commit what waits, as one pack; return its bytes. `UntrustedError` without a key."""
        with self._lock:
            if not self._waiting:
                return 0
            pack, index = packed(self._waiting)
            name = self._name(pack, encoded := index.encode())
            digests = {"index": bytes_digest(encoded), "pack": bytes_digest(pack)}
            signed = self._lake.keys.sign(statement(KIND, digests, {"name": name}))
            files = {"json": signed, "index": encoded, "pack": pack}
            self._found_branch()
            append(
                self._lake,
                BRANCH,
                {f"{FOLDER}{name}.{end}": data for end, data in files.items()},
                message=f"Share {len(self._waiting)} states",
            )
            self._waiting, self._waiting_bytes, self._packs = {}, 0, None
            return len(pack)

    def _name(self, pack: bytes, index: bytes) -> str:
        """Return a name after those that are there, so that what was put last is found first."""
        number = max((int(p.path[len(FOLDER) :][:8]) for p in self._known()), default=0) + 1
        return f"{number:08}-{digest('pack/1', bytes_digest(index), bytes_digest(pack))}"

    def _found_branch(self) -> None:
        """Begin the branch at the lake's first commit, so that it holds nothing but packs."""
        with suppress(RefExists):
            try:
                self._lake.head(BRANCH)
            except RefNotFound:
                (first,) = deque(self._lake.log(LEDGER, first_parent=True), maxlen=1)
                self._lake.create_branch(BRANCH, first.id)

    def _known(self) -> list[_Pack]:
        if self._packs is None:
            self._commit, self._packs = None, []
            with suppress(RefNotFound):
                self._commit = self._lake.head(BRANCH)
                self._packs = list(self._believed(self._commit))
        return self._packs

    def _believed(self, commit: CommitId) -> Iterator[_Pack]:
        for info in self._lake.list(commit, FOLDER):
            if isinstance(info, Prefix) or not info.path.endswith(".json"):
                continue
            stem = info.path.removesuffix(".json")
            try:
                if (index := self._index(commit, stem)) is not None:
                    yield _Pack(f"{stem}.pack", index)
            except UntrustedError:
                self.untrusted += 1
            except CorruptError:
                self.corrupt += 1

    def _index(self, commit: CommitId, stem: str) -> Index | None:
        """Return a pack's index, None when its key was revoked; CorruptError, UntrustedError."""
        said, revoked = self._lake.keys.opened(self._bytes(commit, f"{stem}.json"), stem)
        if revoked:
            return None
        digests, body = read_statement(KIND, said, stem)
        data = self._bytes(commit, f"{stem}.index")
        if body.get("name") != stem.removeprefix(FOLDER) or digests.get("index") != bytes_digest(
            data
        ):
            raise CorruptError(f"{stem}.index is not what was signed")
        return Index.decode(data, f"{stem}.index")

    def _bytes(self, commit: CommitId, path: str) -> bytes:
        with self._lake.open(commit, path) as stream:
            return stream.read()

    def _read(self, pack: _Pack, keys: Collection[str]) -> dict[str, bytes]:
        """Return those entries of a pack that are what was signed."""
        places = {key: pack.index.places[key] for key in keys if key in pack.index.places}
        if not places or self._commit is None:
            return {}
        found = {}
        try:
            with self._lake.open(self._commit, pack.path) as stream:
                for key, place in sorted(places.items(), key=lambda item: item[1]):
                    start, size = pack.index.span(place)
                    stream.seek(start)
                    data = stream.read(size)
                    if pack.index.proves(key, place, data):
                        found[key] = data
        except CorruptError:
            self.corrupt += 1
            return found
        self.corrupt += len(places) - len(found)
        return found
