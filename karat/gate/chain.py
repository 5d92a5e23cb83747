"""Whether books carry over between the partitions that a merge changes and those beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from karat.flow.chains import closes_otherwise, opens_otherwise, standing
from karat.flow.note import Note
from karat.gate.raw_days import RawDays, closing
from karat.lake import ObjectInfo
from karat.lake.layout import Partition, published_verdict_prefix
from karat.messages import NO_BOOK, RESET
from karat.verdicts import Build


@dataclass(frozen=True)
class Chain:
    """The books of one instrument where a merge brings the days in `changed`.

    Those stand as their notes say. Of any other day what stands hangs on the day before only where
    a newer build gave the same values after another book.
    """

    raw: RawDays
    changed: Collection[Partition]

    def note(self, day: Partition) -> Note | None:
        """Return what a day was published under, as the commit says."""
        info = self._noted.get(f"{self._beside}{day.date}.json")
        return None if info is None else self.raw.known.note(self.raw.view.commit, info)

    def broken(self) -> dict[str, str]:
        """Return those in `changed` whose books do not fit, and beside which day."""
        reasons: dict[str, str] = {}
        for at in sorted(self._changed):
            build, day = self._published(at), self.raw.days[at]
            if build is None:
                continue
            if build.opening not in {RESET, self._closed(at - 1)}:
                reasons[str(day)] = opens_otherwise(self.raw.days[at - 1] if at else None)
            elif (after := self._misfit(at + 1, build.closing)) is not None:
                reasons[str(day)] = closes_otherwise(after)
        return reasons

    @cached_property
    def _changed(self) -> frozenset[int]:
        """Return the places of those in `changed` that have a raw capture."""
        places = map(self.raw.place, self.changed)
        return frozenset(at for at in places if at is not None)

    def _misfit(self, at: int, closed: str) -> Partition | None:
        """Return the day at a place when it opens with another book than the one that closed."""
        build = self._stands(at, closed) if at < len(self.raw.days) else None
        return self.raw.days[at] if build and build.opening not in {RESET, closed} else None

    def _closed(self, at: int) -> str | None:
        """Return the book that the day at a place closes with; NO_BOOK before the first."""
        first = at
        while first >= 0 and self._hangs(first):
            first -= 1
        closed = NO_BOOK if first < 0 else closing(self._stands(first, None))
        for day in range(first + 1, at + 1):
            closed = closing(self._stands(day, closed))
        return closed

    def _hangs(self, at: int) -> bool:
        """Return whether what stands at a place is another after another book."""
        published = self._published(at)
        if published is None or at in self._changed:
            return False
        newest = self.raw.newest(at).build
        if newest is None or newest.content != published.content:
            return False
        return newest != published and newest.opening != RESET

    def _stands(self, at: int, closed: str | None) -> Build | None:
        published = self._published(at)
        if published is None or at in self._changed:
            return published
        return standing(self.raw.newest(at).build, published, closed)

    def _published(self, at: int) -> Build | None:
        if at not in self._builds:
            day, raw = self.raw.days[at], self.raw
            note, dataset = self.note(day), raw.contract.dataset
            self._builds[at] = raw.known.build(raw.ledger, dataset, day, note) if note else None
        return self._builds[at]

    @cached_property
    def _builds(self) -> dict[int, Build | None]:
        """Return the builds that notes name, by place, as far as they were looked up."""
        return {}

    @cached_property
    def _beside(self) -> str:
        return published_verdict_prefix(self.raw.contract.dataset, self.raw.instrument)

    @cached_property
    def _noted(self) -> Mapping[str, ObjectInfo]:
        return self.raw.view.folder(self._beside).files
