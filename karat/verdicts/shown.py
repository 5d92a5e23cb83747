"""What a commit of the ledger was shown to hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from karat.lake import CommitId
from karat.lake.layout import (
    VERDICTS,
    WAIVERS,
    Partition,
    together_prefix,
    verdict_prefix,
    waiver_prefix,
)

_BESIDE = re.compile(r"(.*/[0-9a-f]{64}(?:-[0-9a-f]{64})?)-[0-9a-f]{16}\.json")

_TOGETHER = re.compile(r"(verdicts/[^/]+/together/[0-9a-f]{64}/)[0-9a-f]{64}-[0-9a-f]{64}\.json")


@dataclass(frozen=True)
class History:
    """What a commit of the ledger was shown to hold: records by path, with their SHA-256.

    `tips` are the entries that no other follows; `believed` names the keys it was held against.
    Where it builds on what this machine had `kept`, that was not looked at again; `stored` records
    and entries are kept for the next process. With `only`, records of these folders alone are here.
    """

    commit: CommitId
    believed: str
    records: Mapping[str, str] = field(default_factory=dict)
    entries: frozenset[str] = frozenset()
    tips: frozenset[str] = frozenset()
    kept: bool = field(default=False, compare=False)
    stored: int = field(default=0, compare=False)
    only: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return how many records and entries there are."""
        return len(self.records) + len(self.entries)

    @cached_property
    def _waivers(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.records:
            if path.startswith(WAIVERS) and not _BESIDE.fullmatch(path):
                found.setdefault(path[: path.rindex("-") + 1], []).append(path)
        return found

    def waivers(self, dataset: str, partition: str, content: str) -> list[str]:
        """Return where the waivers of one content of a partition are recorded."""
        return self._waivers.get(waiver_prefix(dataset, partition, content), [])

    def all_waivers(self) -> list[str]:
        """Return where all waivers are recorded."""
        return [path for paths in self._waivers.values() for path in paths]

    @cached_property
    def _together(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.records:
            if match := _TOGETHER.fullmatch(path):
                found.setdefault(match[1], []).append(path)
        return found

    def together(self, dataset: str, contract: str = "") -> list[str]:
        """Return where many verdicts of a dataset are recorded at once, of all contracts or one."""
        prefix = together_prefix(dataset)
        if contract:
            return self._together.get(f"{prefix}{contract}/", [])
        return [path for folder, paths in self._together.items() if folder.startswith(prefix)
                for path in paths]  # fmt: skip

    @cached_property
    def _judged(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.records:
            if path.startswith(VERDICTS):
                found.setdefault(path[: path.rindex("/") + 1], []).append(path)
        return found

    def judged(self, dataset: str, partition: Partition) -> list[str]:
        """Return where the verdicts on a partition are recorded that have records of their own."""
        return self._judged.get(verdict_prefix(dataset, partition), [])

    @cached_property
    def beside(self) -> Mapping[str, list[str]]:
        """Return the records that were put beside another, by that one's path without suffix."""
        found: dict[str, list[str]] = {}
        for path in self.records:
            # looked at first: of 200,000 records hardly any has a key's digits at its end
            if path[-22:-21] == "-" and (match := _BESIDE.fullmatch(path)):
                found.setdefault(match[1], []).append(path)
        return found
