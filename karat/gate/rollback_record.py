"""A rollback on record: by whom, why, from which commit of main to the state of which."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

from karat.digest import bytes_digest, digest
from karat.errors import InputError, ObjectNotFound
from karat.lake import Commit, CommitId, Lake
from karat.lake.layout import (
    ROLLBACKS,
    Partition,
    dataset_path,
    published_verdict_path,
    rollback_path,
)
from karat.signing import read_record, statement
from karat.verdicts import Ledger

KIND = "rollback:1"


@dataclass(frozen=True, slots=True)
class Rollback:
    """A dataset on main, whose head was `head`, put back as it was at `target`."""

    dataset: str
    head: CommitId
    target: CommitId
    who: str
    reason: str
    made_s: int

    def __post_init__(self) -> None:
        if not (self.who.strip() and self.reason.strip()):
            raise InputError("main is rolled back by someone and for a reason: say both")

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        name = digest("rollback/1", *map(str, asdict(self).values()))
        return rollback_path(self.dataset, name)

    def encode(self) -> bytes:
        """Return the record as a statement on its own path."""
        return statement(KIND, {self.path: bytes_digest(self.path.encode())}, asdict(self))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Rollback:
        """Return the record; CorruptError naming `what` when the bytes are none."""
        return read_record(KIND, data, what, lambda body: cls(**body))


def rollbacks(ledger: Ledger, dataset: str) -> Iterator[Rollback]:
    """Yield the rollbacks of a dataset that trusted keys signed."""
    below = f"{ROLLBACKS}{dataset}/"
    for path in [path for path in ledger.history.records if path.startswith(below)]:
        if (data := ledger.payload(path)) is not None:
            yield Rollback.decode(data, f"ledger: {path}")


def put_back(
    lake: Lake, ledger: Ledger, dataset: str, commit: Commit, days: Collection[Partition]
) -> set[Partition]:
    """Return those of `days` that a commit of main puts back as a rollback on record says.

    That is for the head it was planned at, and to what main held before.
    """
    said = [one for one in rollbacks(ledger, dataset) if one.head in commit.parents[:1]]
    own = [one for one in said if _was_main(lake, one)]
    return {
        day
        for day in days
        for one in own
        if all(_digest(lake, commit.id, path) == _digest(lake, one.target, path)
               for path in paths_of(dataset, day))
    }  # fmt: skip


def paths_of(dataset: str, day: Partition) -> tuple[str, str]:
    """Return where the bytes of a partition lie on main, and the note of their verdict."""
    return dataset_path(dataset, day.instrument, day.date), published_verdict_path(dataset, day)


def _digest(lake: Lake, commit: CommitId, path: str) -> str:
    try:
        return lake.stat(commit, path).content_hash
    except ObjectNotFound:
        return ""


def _was_main(lake: Lake, one: Rollback) -> bool:
    return any(before.id == one.target for before in lake.log(one.head, first_parent=True))
