"""A reading: which run read a training dataset, and which model came of it; always on record.

This one record is what ties models and runs to data: it names the manifest by its digest, and the
manifest names partitions and contents. Whoever trains records it, before the first row is read for
a run, and again with the model that came of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from karat.dataset.manifest import Manifest
from karat.digest import bytes_digest
from karat.errors import InputError
from karat.lake import Lake
from karat.lake.layout import reading_path, reading_prefix
from karat.signing import read_record, statement
from karat.verdicts import Ledger, record

KIND = "reading:1"


@dataclass(frozen=True, slots=True)
class Reading:
    """The manifest that `run` read, by its digest; `part` is "train", "eval" or "" for both.

    `model` says where the lake has what came of it (``models/<name>/<commit>``), "" for nothing.
    The same said twice is one record.
    """

    name: str
    version: str
    manifest: str
    run: str
    part: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if not self.run.strip():
            raise InputError("a reading is of a run: name it")

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        return reading_path(self.name, self.version, bytes_digest(self.encode()))

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def encode(self) -> bytes:
        """Return the reading as a statement on the manifest."""
        return statement(KIND, {f"{self.name}@{self.version}": self.manifest}, asdict(self))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Reading:
        """Return the reading; CorruptError naming `what` when the bytes are none."""
        return read_record(KIND, data, what, lambda body: cls(**body))


def record_reading(
    lake: Lake, manifest: Manifest, run: str, *, part: str = "", model: str = ""
) -> Reading:
    """Record that `run` reads a dataset, and which `model` came of it, if one has.

    UntrustedError without a key to sign with.
    """
    found = Reading(manifest.name, manifest.version, manifest.digest, run, part, model)
    message = f"Record that {run} read {manifest.title}"
    record(lake, {found.path: found.encode()}, message)
    return found


def readings(ledger: Ledger, manifest: Manifest) -> list[Reading]:
    """Return who read a dataset, by run; what a key signed that is revoked by now counts too."""
    prefix = reading_prefix(manifest.name, manifest.version)
    found = {
        Reading.decode(data, f"ledger: {path}")
        for path in ledger.history.records
        if path.startswith(prefix)
        for data, _ in ledger.signed(path)
    }
    return sorted(found, key=lambda one: (one.run, one.part, one.model, one.manifest))
