"""Records of many verdicts that a ledger holds, each read once for as long as it is believed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from karat.digest import bytes_digest
from karat.errors import CorruptError, ObjectNotFound
from karat.golden import GoldenManifest
from karat.lake import Lake
from karat.lake.layout import measured_path
from karat.verdicts.batch import Batch
from karat.verdicts.derived import Derived
from karat.verdicts.measurement import decoded

if TYPE_CHECKING:
    from karat.verdicts.ledger import Ledger

KEPT = 16
"""So many records stay in memory for each open lake, those last read."""
_seen: WeakKeyDictionary[Lake, OrderedDict[Hashable, Derived | None]] = WeakKeyDictionary()
_looking = Lock()


def batches(ledger: Ledger, dataset: str, contract: str = "") -> Iterator[Derived]:
    """Yield the records of many verdicts that a trusted key signed, under one contract or any.

    Raises CorruptError for one that is not what it says, or lacks what it was made of.
    """
    for path in ledger.history.together(dataset, contract):
        if found := _once(ledger, path):
            yield found


def _once(ledger: Ledger, path: str) -> Derived | None:
    history = ledger.history
    beside = tuple(history.beside.get(path.removesuffix(".json"), ()))
    name = path, history.records[path], beside, history.believed
    with _looking:
        seen = _seen.setdefault(ledger.lake, OrderedDict())
        if name in seen:
            seen.move_to_end(name)
            return seen[name]
    found = _read(ledger, path)
    with _looking:
        seen[name] = found
        while len(seen) > KEPT:
            seen.popitem(last=False)
    return found


def _read(ledger: Ledger, path: str) -> Derived | None:
    data = ledger.payload(path)
    if data is None:
        return None
    batch = Batch.decode(data, path)
    root = batch.root
    measured = decoded(evidence(ledger, path, root.dataset, batch.measured), path)
    golden = None
    if root.golden:
        text = evidence(ledger, path, root.dataset, root.golden)
        golden = GoldenManifest.without_cells(text)
    return Derived(path, batch, measured, golden)


def evidence(ledger: Ledger, path: str, dataset: str, digest: str) -> bytes:
    """Return the bytes with this digest that the record at `path` was made of; CorruptError."""
    place = measured_path(dataset, digest)
    try:
        with ledger.lake.open(ledger.commit, place) as stream:
            data = stream.read()
    except ObjectNotFound as error:
        raise CorruptError(f"ledger: {path} was made of {place}, which is gone") from error
    if bytes_digest(data) != digest:
        raise CorruptError(f"ledger: {place} is not what its name says: it was edited")
    return data
