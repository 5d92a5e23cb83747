"""What decides about just these partitions, kept as one entry of the store in columns.

Of a thousand partitions that were measured, a changed threshold asks for a few numbers each and
for the names that go into their verdicts. All else lies in the ledger, where the measurements of a
record of many are written once, and is read from there when somebody looks at a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from karat.digest import framed, joined_digest
from karat.lake.layout import Partition
from karat.verdicts.columns import Columns, columns_of
from karat.verdicts.measurement import Measurement, Under
from karat.verdicts.verdict import KEY_DOMAIN


class AtOnce(NamedTuple):
    """Partitions in an order that their name tells: contents, rows, and what names verdicts.

    `evidence` is the digest of their measurements in the ledger, `columns` those of each stratum,
    `refined` which of them, by place, have a distance known by all golden values.
    """

    evidence: str
    contents: Sequence[str]
    rows: Sequence[int]
    states: Sequence[Sequence[str]]
    paired: Sequence[str]
    refined: Sequence[int]
    columns: Sequence[Columns]

    @classmethod
    def of(cls, evidence: str, measured: Sequence[Measurement]) -> AtOnce:
        """Return what decides about partitions; without columns where that fits in none."""
        return cls(
            evidence,
            [one.content for one in measured],
            [one.rows for one in measured],
            [one.states for one in measured],
            [one.paired for one in measured],
            [place for place, one in enumerate(measured) if one.refined],
            columns_of(measured) or [],
        )

    @property
    def whole(self) -> bool:
        """Return whether the columns tell of all partitions."""
        return sum(len(one.places) for one in self.columns) == len(self.contents)

    def encode(self) -> bytes:
        """Return it as bytes."""
        said = [*self[:-1], [one.plain() for one in self.columns]]
        return json.dumps(said, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> AtOnce:
        """Return what `encode` wrote; ValueError, TypeError or AttributeError for anything else."""
        evidence, contents, rows, states, paired, refined, columns = json.loads(data)
        names = contents, rows, states, paired, refined
        return cls(evidence, *names, [Columns.of_plain(one) for one in columns])

    def keys(self, under: Under, partitions: Sequence[str]) -> list[str]:
        """Return the names of the verdicts on partitions, as `Measurement.key` gives them."""
        first, golden = framed(under.dataset), framed(under.golden)
        last = framed(under.contract, under.level, under.judge)
        return [
            joined_digest(KEY_DOMAIN, first, framed(name, content, len(states), *states),
                          golden, framed(paired), last)
            for name, content, states, paired in zip(
                partitions, self.contents, self.states, self.paired, strict=True
            )
        ]  # fmt: skip


def told(parts: Iterable[tuple[Partition, Sequence[str]]]) -> str:
    """Return one text for partitions and the files they were judged from, in this order."""
    return "\n".join([" ".join((str(one), *of)) for one, of in parts])
