"""The stretches of a day in a verdict: the farthest one, named, and whether it is too far.

What is usual of a golden day's farthest stretch is in the golden manifest, and a candidate's
counts by stretch are a state, so a changed threshold is judged again without its rows.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from karat.contracts import UnpairedRule
from karat.golden import ChunkScale, Yardstick
from karat.verdicts.stretches import Profile
from karat.verdicts.verdict import Finding, Number
from karat.verdicts.worst_chunk import stretch

SUFFIX = ", worst chunk"
"""After the name of a distance, where its farthest stretch is part of the score."""
NO_CHUNKS = "golden days were not cut by the time of blocks: build and adopt a golden again"


class Cut(NamedTuple):
    """The stretches of a candidate: `profile` is None where none has rows enough."""

    scale: ChunkScale
    profile: Profile | None

    @property
    def farthest(self) -> Fraction | None:
        """How far the farthest is from golden; None for no such stretch."""
        return None if self.profile is None else self.profile.distance

    @property
    def ratio(self) -> Fraction | None:
        """How far the farthest is beyond what is usual, in spreads; None for no such stretch."""
        return None if self.profile is None else self.scale.ratio(self.profile.distance)

    def numbers(self) -> dict[str, Number]:
        """Return the farthest stretch and the profile, empty where no stretch has rows enough."""
        found = self.profile
        if found is None or self.ratio is None:
            return {}
        return {
            "worst_chunk": stretch(found.start_ns, found.width_ns),
            "worst_chunk_ns": found.start_ns,
            "worst_chunk_s": found.width_ns // 10**9,
            "worst_chunk_rows": found.rows,
            "worst_chunk_distance": float(found.distance),
            "worst_chunk_ratio": float(self.ratio),
            "chunks": found.chunks,
            "chunk_median": float(found.median),
            "chunk_p95": float(found.p95),
        }

    def words(self) -> str:
        """Return which stretch is farthest, and how far."""
        found = self.profile
        if found is None or self.ratio is None:
            seconds = self.scale.width_ns // 10**9
            return f"no stretch of {seconds} s has {self.scale.min_rows:,} rows to measure on"
        where = stretch(found.start_ns, found.width_ns)
        far = f"{float(found.distance):.3g} of {found.rows:,} rows"
        beyond = f"{float(self.ratio):.3g} spreads beyond usual"
        return f"worst chunk {where}: {far}, {beyond}"


def missing(rule: UnpairedRule, one: Yardstick) -> bool:
    """Return whether stretches decide about a distance, and golden days were not cut for it."""
    return one.chunks is None and rule.worst_chunk == "gate" and rule.cuts(one.rule)


def named(cut: Cut, name: str) -> dict[str, Number]:
    """Return what a score says of the farthest stretch of all distances, that of `name`."""
    told = cut.numbers()
    kept = ("worst_chunk", "worst_chunk_ns", "worst_chunk_s", "worst_chunk_ratio")
    return {"worst_chunk_of": name} | {key: told[key] for key in kept if key in told}


def chunk_of(finding: Finding) -> str:
    """Return the farthest stretch that a finding names; "" for none."""
    return str(finding.numbers.get("worst_chunk", ""))


__all__ = ["NO_CHUNKS", "SUFFIX", "Cut", "chunk_of", "missing", "named"]
