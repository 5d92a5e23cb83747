"""The breaker itself: what all that befell it comes to.

Closed, it lets everything through. Open, it stops publication and training. Half-open, it lets one
partition through, by a claim; main is read again after it, and is as it should be, or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from karat.breaker.event import Event, Kind

FOLD = 1
"""Raised whenever the same records would come to another breaker."""


class Phase(StrEnum):
    """How a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True)
class Breaker:
    """The breaker of a dataset's instrument after its `number`-th record; closed at first.

    `failures` are contents that failed since it closed last, each with its partition and verdict;
    `counted` all that ever did. `passed` are partitions of which one may be the first to be
    published, `claims` who said so. `damage` is what was wrong when main was read again, ""
    for nothing. `since_s` is when it opened or closed.
    """

    dataset: str
    instrument: str
    number: int = 0
    opened: bool = False
    failures: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()
    passed: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Event, ...] = ()
    damage: str = ""
    since_s: int = 0

    @property
    def phase(self) -> Phase:
        """Return how it stands."""
        if not self.opened:
            return Phase.CLOSED
        return Phase.HALF_OPEN if self.passed else Phase.OPEN

    @property
    def claim(self) -> Event | None:
        """Return which claim holds: the newest."""
        return self.claims[-1] if self.claims else None

    def after(self, event: Event, *, revoked: bool = False) -> Breaker:
        """Return the breaker after one more record.

        What a `revoked` key signed still opens it, and never closes it; what does not fit the
        state, as it may be without such a record, changes nothing.
        """
        numbered = replace(self, number=event.number)
        if event.kind is Kind.JUDGED:
            now = self._judged(event, {} if revoked else event.passed)
            return replace(now, number=event.number)
        if event.kind is Kind.UNEQUAL and self._claimed(event.of):
            return replace(numbered, passed={}, claims=(), damage=event.reason)
        if revoked:
            return numbered
        if event.kind is Kind.CLAIMED and self.lets(event.lets):
            return replace(numbered, claims=(*self.claims, event))
        if event.kind is Kind.RESET or (event.kind is Kind.EQUAL and self._claimed(event.of)):
            fresh = Breaker(self.dataset, self.instrument, event.number, counted=self.counted)
            return replace(fresh, since_s=event.made_s)
        return numbered

    def lets(self, partitions: Mapping[str, str]) -> bool:
        """Return whether these partitions, with their contents, may be claimed: one has passed."""
        return self.opened and any(self.passed.get(p) == c for p, c in partitions.items())

    def _claimed(self, number: int) -> bool:
        return any(claim.number == number for claim in self.claims)

    def _judged(self, event: Event, passed: Mapping[str, str]) -> Breaker:
        new = {c: seen for c, seen in event.failed.items() if c not in self.counted}
        now = self
        if new:  # what passed before it speaks for nothing any more
            failures = {**self.failures, **new}
            opened = self.opened or len(failures) >= event.limit
            since = event.made_s if opened and not self.opened else self.since_s
            counted = self.counted | new.keys()
            now = replace(self, failures=failures, opened=opened, since_s=since, counted=counted)
            now = replace(now, passed={}, claims=())
        if now.opened:
            return replace(now, passed={**now.passed, **passed})
        left = {c: seen for c, seen in now.failures.items() if seen[0] not in passed}
        return replace(now, failures=left)
