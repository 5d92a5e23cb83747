"""The days of one instrument that have a raw capture, and which build the newest raw gave.

A day whose book a snapshot opened hangs on no other day; any other hangs on the one before it, and
so only as far back as the last snapshot is looked.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from karat.contracts import Contract
from karat.gate.known import Known
from karat.gate.names import below
from karat.gate.views import Folder, View
from karat.lake.layout import Partition
from karat.messages import NO_BOOK
from karat.verdicts import Build, Ledger, Link


@dataclass(frozen=True)
class RawDays:
    """What `view` has of an instrument, day after day; places count from 0."""

    known: Known
    ledger: Ledger
    contract: Contract
    view: View
    instrument: str

    def place(self, partition: Partition) -> int | None:
        """Return where a day of this instrument stands, None when it has no raw capture."""
        dates = self._dates
        at = bisect_left(dates, partition.date)
        return at if at < len(dates) and dates[at] == partition.date else None

    @cached_property
    def days(self) -> list[Partition]:
        """Return all days in order."""
        return self._folder.once("days", lambda _: list(self._digests))

    def newest(self, at: int) -> Link:
        """Return the link of a day; its `opening` is None also where a snapshot opened it."""
        first = at
        while first >= 0 and not self._opened_by_snapshot(first):
            first -= 1
        before = NO_BOOK if first < 0 else closing(self._links[first].build)
        for day in range(first + 1, at):
            before = closing(self._linked(day, before).build)
        return self._links[at] if first == at else self._linked(at, before)

    def _opened_by_snapshot(self, at: int) -> bool:
        """Return whether a day's build is known without the day before, or was found already."""
        return at in self._links or self._linked(at, None).build is not None

    def _linked(self, at: int, before: str | None) -> Link:
        day = self.days[at]
        link = self.known.link(
            self.ledger, self.contract, self.view, day, self._digests[day], before
        )
        if link.build:  # one that is missing may come
            self._links[at] = link
        return link

    @cached_property
    def _dates(self) -> list[str]:
        return self._folder.once("dates", lambda _: [day.date for day in self.days])

    @cached_property
    def _folder(self) -> Folder:
        return self.view.folder(f"{self.contract.source.folder}/{self.instrument}/")

    @cached_property
    def _digests(self) -> dict[Partition, str]:
        """Return the raw captures' digests by day, in order."""
        folder = self.contract.source.folder

        def digests(raw: Folder) -> dict[Partition, str]:
            named = ((below(folder, path, ".parquet"), info) for path, info in raw.files.items())
            return {day: info.content_hash for day, info in named if day}

        return self._folder.once("digests", digests)

    @cached_property
    def _links(self) -> dict[int, Link]:
        """Return the links that have a build, by place: they hold as long as the captures do."""
        how = self.contract.dataset, self.contract.source, self.ledger.history.believed
        reference = self.known.reference(self.contract, self.view, self.instrument)
        return self._folder.once(("links", *how, reference), lambda _: {})


def closing(build: Build | None) -> str | None:
    """Return the book that a build closes with, None without one."""
    return build.closing if build else None
