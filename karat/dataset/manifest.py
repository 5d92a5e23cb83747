"""A training manifest: which bytes, at which commit, and the verdict each of them stands under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from karat.dataset.split import TRAIN, Part, Split
from karat.digest import bytes_digest

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One partition: path and SHA-256 of its bytes, its content digest, its verdict's key.

    `size` is in bytes. `waiver` is the digest of the waiver that admitted it, "" for a PASS;
    `rows` is None where the manifest is of a format that did not tell; `part` says whether it
    trains or evaluates.
    """

    partition: str
    path: str
    object: str
    content: str
    verdict: str
    size: int
    waiver: str = ""
    rows: int | None = None
    part: Part = TRAIN

    @property
    def day(self) -> str:
        """Return its day, YYYY-MM-DD."""
        return self.partition.rpartition("/")[2]

    @property
    def instrument(self) -> str:
        """Return its instrument."""
        return self.partition.rpartition("/")[0]


@dataclass(frozen=True)
class Manifest:
    """A training dataset called `name`: partitions of `dataset` as `commit` holds them.

    `contract` and `golden` are the digests of what the partitions were proved under ("" for no
    golden manifest). `schema` are the columns and their types, `features` names the code that made
    them, with its version. `split` is the rule that `embargoed` partitions were left out by, None
    where all train. `signers` are the keys that vouch for the verdicts: `cut` verified each of
    them. `overruled` are revocations that were on record when it was cut, and that the gate's own
    answer then contradicted. Format 1 told of none of these; what it did not tell is empty.
    """

    name: str
    version: str
    dataset: str
    contract: str
    golden: str
    commit: str
    entries: tuple[Entry, ...]
    schema: tuple[tuple[str, str], ...] = ()
    features: str = ""
    split: Split | None = None
    embargoed: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    purpose: str = ""
    format: int = FORMAT

    @property
    def title(self) -> str:
        """Return ``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def waived(self) -> dict[str, str]:
        """Return the partitions that a waiver admitted, and its digest."""
        return {entry.partition: entry.waiver for entry in self.entries if entry.waiver}

    @property
    def size(self) -> int:
        """Return how many bytes the partitions have."""
        return sum(entry.size for entry in self.entries)

    @property
    def rows(self) -> int | None:
        """Return how many rows there are; None where the manifest does not tell."""
        counts = [entry.rows for entry in self.entries if entry.rows is not None]
        return sum(counts) if len(counts) == len(self.entries) else None

    @cached_property
    def by_partition(self) -> Mapping[str, Entry]:
        """Return the entries by the names of their partitions."""
        return {entry.partition: entry for entry in self.entries}

    @cached_property
    def digest(self) -> str:
        """Return the manifest's name: the SHA-256 of its statement."""
        return bytes_digest(self.encode())

    def of(self, part: Part | None) -> tuple[Entry, ...]:
        """Return the entries that train or evaluate, all of them for None."""
        return tuple(entry for entry in self.entries if part in {None, entry.part})

    def _repr_html_(self) -> str:
        """Return a table of what it holds, as notebooks show it."""
        from karat.dataset.in_notebook import notebook_table

        return notebook_table(self)

    def same_data(self, other: Manifest) -> bool:
        """Return whether both stand for the same bytes, proved by the same, for the same use.

        Commit, version and signatures may differ; what one of them does not tell is taken as equal.
        """
        return (
            not ruled_changes(self, other)
            and (self.purpose, self.embargoed) == (other.purpose, other.embargoed)
            and [_identity(entry) for entry in self.entries]
            == [_identity(entry) for entry in other.entries]
        )

    def encode(self) -> bytes:
        """Return the manifest as a statement on the files it names; equal ones have equal bytes."""
        from karat.dataset.manifest_format import encoded

        return encoded(self)

    @classmethod
    def decode(cls, data: bytes, where: str) -> Manifest:
        """Return the manifest; CorruptError naming `where` when the bytes are none."""
        from karat.dataset.manifest_format import decoded

        return decoded(data, where)


def ruled_changes(before: Manifest, after: Manifest) -> list[str]:
    """Return what differs of what rules a dataset, in words; nothing for the same rules."""
    pairs = {
        "dataset": (before.dataset, after.dataset),
        "contract": (before.contract, after.contract),
        "golden": (before.golden, after.golden),
        "split rule": (before.split, after.split),
    }
    if before.schema and after.schema:
        pairs["schema"] = (str(before.schema), str(after.schema))
    if before.features and after.features:
        pairs["features"] = (before.features, after.features)
    return [what for what, (old, new) in pairs.items() if old != new]


def _identity(entry: Entry) -> tuple[str, ...]:
    """Return what makes two entries the same; size and rows follow from the bytes."""
    of = entry.partition, entry.path, entry.object, entry.content, entry.verdict
    return *of, entry.waiver, entry.part
