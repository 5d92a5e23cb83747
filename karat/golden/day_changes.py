"""How the golden days of two manifests differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from karat.golden.manifest import GoldenManifest


@dataclass(frozen=True, slots=True)
class DayChange:
    """A golden day that one of two manifests lacks, or that has other rows or another part in it.

    `what` is added, removed, restated or moved.
    """

    partition: str
    what: str


def changed_days(
    before: GoldenManifest | None, after: GoldenManifest | None
) -> Iterator[DayChange]:
    """Yield how the golden days of two manifests differ, by name."""
    old, new = _days(before), _days(after)
    for name in sorted(old | new):
        if name not in old or name not in new:
            yield DayChange(name, "added" if name in new else "removed")
        elif old[name][0] != new[name][0]:
            yield DayChange(name, "restated")
        elif old[name] != new[name]:
            yield DayChange(name, "moved")


def _days(manifest: GoldenManifest | None) -> dict[str, tuple[str, str]]:
    parts = (
        ()
        if manifest is None
        else (("reference", manifest.reference), ("calibration", manifest.calibration))
    )
    return {day.partition: (day.content, part) for part, days in parts for day in days}
