"""What decides about just these partitions, kept as one entry of the store in columns.

Of a thousand partitions that were measured, a changed threshold asks for a few numbers each and
for the names that go into their verdicts. All else lies in the ledger, where the measurements of a
record of many are written once, and is read from there when somebody looks at a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from karat.digest import framed, framed_texts, joined_digests
from karat.lake.layout import Partition
from karat.verdicts.columns import Columns, columns_of
from karat.verdicts.measurement import Measurement, Under
from karat.verdicts.verdict import KEY_DOMAIN

_LENGTH = 8


class AtOnce(NamedTuple):
    """Partitions in an order that their name tells: contents, rows, and what names verdicts.

    `evidence` is the digest of their measurements in the ledger, `columns` those of each stratum,
    `refined` which of them, by place, have a distance known by all golden values. `named` are
    content and states of each as they go into a verdict's name, and `paired` what stands apart.
    """

    evidence: str
    contents: Sequence[str]
    rows: Sequence[int]
    named: Sequence[bytes]
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
            [framed(one.content, len(one.states), *one.states) for one in measured],
            [one.paired for one in measured],
            [place for place, one in enumerate(measured) if one.refined],
            columns_of(measured) or [],
        )

    @property
    def whole(self) -> bool:
        """Return whether the columns tell of all partitions."""
        return sum(len(one.places) for one in self.columns) == len(self.contents)

    def encode(self) -> bytes:
        """Return it as bytes: a head as JSON behind its length, then all of `named`."""
        columns = [one.plain() for one in self.columns]
        sizes = [len(one) for one in self.named]
        said = self.evidence, self.contents, self.rows, sizes, self.paired, self.refined, columns
        head = json.dumps(said, separators=(",", ":")).encode()
        return b"".join((len(head).to_bytes(_LENGTH, "little"), head, *self.named))

    @classmethod
    def decode(cls, data: bytes) -> AtOnce:
        """Return what `encode` wrote; ValueError, TypeError or AttributeError for anything else."""
        start = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
        evidence, contents, rows, sizes, paired, refined, columns = json.loads(data[_LENGTH:start])
        ends = list(accumulate(sizes, initial=start))
        if ends[-1] != len(data) or len(sizes) != len(contents):
            raise ValueError(f"{len(data)} bytes for {len(contents)} partitions")
        named = [data[here:end] for here, end in pairwise(ends)]
        of_each = [Columns.of_plain(one) for one in columns]
        return cls(evidence, contents, rows, named, paired, refined, of_each)

    def keys(self, under: Under, partitions: Sequence[str]) -> list[str]:
        """Return the names of the verdicts on partitions, as `Measurement.key` gives them."""
        first, golden = framed(under.dataset), framed(under.golden)
        last = framed(under.contract, under.level, under.judge)
        each = framed_texts(partitions), self.named, framed_texts(self.paired)
        rows = (
            (first, name, named, golden, paired, last)
            for name, named, paired in zip(*each, strict=True)
        )
        return joined_digests(KEY_DOMAIN, rows)


def told(parts: Iterable[tuple[Partition, Sequence[str]]]) -> str:
    """Return one text for partitions and the files they were judged from, in this order."""
    return "\n".join([" ".join((str(one), *of)) for one, of in parts])
