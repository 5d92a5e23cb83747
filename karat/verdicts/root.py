"""The verdict on partitions as one: the root of their contents, merged distances, worst outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from karat.digest import digest
from karat.errors import CorruptError
from karat.signing import read_statement, statement
from karat.verdicts.measurement import Under
from karat.verdicts.verdict import Outcome

KIND = "root-verdict:1"
Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class RootVerdict:
    """What so many `partitions` come to, of which each has its own verdict.

    `root` is the root of their contents' tree, `verdicts` one name for all their verdicts, `merged`
    the bounds of the distances of all rows together from golden, by name; the rest is as in
    `Inputs`.
    """

    dataset: str
    root: str
    partitions: int
    verdicts: str
    golden: str
    contract: str
    level: str
    judge: int
    outcome: Outcome
    merged: Mapping[str, Bounds]

    @property
    def under(self) -> Under:
        """Return what it shares with the verdicts it is of."""
        return Under(self.dataset, self.golden, self.contract, self.level, self.judge)

    @property
    def key(self) -> str:
        """Return its name: by all it depends on, from which outcome and distances follow."""
        of = self.dataset, self.root, self.partitions, self.verdicts
        return digest("root-verdict/1", *of, self.golden, self.contract, self.level, self.judge)

    def body(self) -> dict[str, Any]:
        """Return it as plain values."""
        merged = {name: [str(low), str(high)] for name, (low, high) in self.merged.items()}
        return {**vars(self), "outcome": str(self.outcome), "merged": merged}

    @classmethod
    def of_body(cls, body: Mapping[str, Any], what: str) -> RootVerdict:
        """Return what `body` wrote; CorruptError naming `what`."""
        try:
            merged = {
                n: (Fraction(low), Fraction(high)) for n, (low, high) in body["merged"].items()
            }
            return cls(**{**body, "outcome": Outcome(body["outcome"]), "merged": merged})
        except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
            raise CorruptError(f"{what} is no verdict on many: {error!r}") from error

    def encode(self) -> bytes:
        """Return it as a statement on the root of contents; equal ones have equal bytes."""
        return statement(KIND, {self.dataset: self.root}, self.body())

    @classmethod
    def decode(cls, data: bytes, key: str) -> RootVerdict:
        """Return the verdict called `key`; CorruptError for none, or another."""
        what = f"root verdict {key[:12]}"
        _, body = read_statement(KIND, data, what)
        found = cls.of_body(body, what)
        if found.key != key or found.encode() != data:
            raise CorruptError(f"{what} is not what its name says")
        return found


def name_of_all(keys: Iterable[tuple[str, str]]) -> str:
    """Return one name for verdicts, given by partition and key; in whatever order.

    >>> name_of_all([("a", "1"), ("b", "2")]) == name_of_all([("b", "2"), ("a", "1")])
    True
    """
    return digest("verdicts/1", "\n".join(sorted(f"{name} {key}" for name, key in keys)))
