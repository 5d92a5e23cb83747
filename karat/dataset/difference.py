"""How two versions of a training dataset differ, in words: rules, partitions and statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from karat.dataset.manifest import Entry, Manifest, ruled_changes
from karat.dataset.statistics import ColumnFacts
from karat.dataset.version import Version, following
from karat.lake.layout import Partition
from karat.verdicts import Ledger, Verdict

SHOWN = 5
"""So many partitions are named of each sort; how many there are is told of all."""


@dataclass(frozen=True)
class Difference:
    """What changed from one manifest to another.

    `came`, `gone`, `restated` (other values) and `proved` (the same values, another verdict or
    waiver) are partitions by name; `moved` are those that changed between training and evaluation.
    """

    before: Manifest
    after: Manifest
    rules: tuple[str, ...]
    came: tuple[str, ...]
    gone: tuple[str, ...]
    restated: tuple[str, ...]
    proved: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def part(self) -> str:
        """Return which part of a version such a change raises; "" where nothing differs."""
        if self.before.same_data(self.after):
            return ""
        rises = following(self.before, self.after)
        old = Version.parse(self.before.version)
        return "MAJOR" if rises[0] > old[0] else "MINOR" if rises[1] > old[1] else "PATCH"

    def words(self) -> list[str]:
        """Return what differs, a line each; one line that says so where nothing does."""
        found = [*self._of_rules(), *self._of_partitions()]
        if self.before.purpose != self.after.purpose:
            found.append(f"purpose: {self.before.purpose or '-'} -> {self.after.purpose or '-'}")
        return found or ["they stand for the same data"]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        lists = ("rules", "came", "gone", "restated", "proved", "moved")
        said = {name: list(getattr(self, name)) for name in lists}
        title = {"before": self.before.title, "after": self.after.title, "rises": self.part}
        return title | said | {"words": self.words()}

    def _of_rules(self) -> Iterator[str]:
        for what in self.rules:
            if what == "schema":
                yield "schema: " + _columns(dict(self.before.schema), dict(self.after.schema))
                continue
            name = "split" if what == "split rule" else what
            old, new = (getattr(one, name) or "none" for one in (self.before, self.after))
            known = what in {"contract", "golden"}
            yield f"{what}: " + " -> ".join(
                str(one)[:12] if known else str(one) for one in (old, new)
            )

    def _of_partitions(self) -> Iterator[str]:
        for names, told in ((self.came, "came"), (self.gone, "gone")):
            if names:
                yield f"{_count(names)} {told}: {_named(names)}"
        if self.restated:
            yield f"{_count(self.restated)} restated:"
            yield from (f"  {name}: {self._restated(name)}" for name in self.restated[:SHOWN])
        if self.proved:
            yield f"{_count(self.proved)} proved anew, with the same values: {_named(self.proved)}"
        yield from (f"{name}: {self._pair(name, 'part')}" for name in self.moved)
        for name in (*self.restated, *self.proved):
            old, new = self._both(name)
            if bool(old.waiver) != bool(new.waiver):
                yield f"{name}: {'waived now' if new.waiver else 'stands without a waiver now'}"

    def _restated(self, name: str) -> str:
        old, new = self._both(name)
        rows = "" if None in (old.rows, new.rows) else f"{old.rows:,} -> {new.rows:,} rows, "
        return f"{rows}content {old.content[:12]} -> {new.content[:12]}"

    def _pair(self, name: str, what: str) -> str:
        return " -> ".join(str(getattr(one, what)) for one in self._both(name))

    def _both(self, name: str) -> tuple[Entry, Entry]:
        return self.before.by_partition[name], self.after.by_partition[name]


def difference(before: Manifest, after: Manifest) -> Difference:
    """Return how two manifests differ; of what one of them does not tell, nothing."""
    old, new = before.by_partition, after.by_partition
    both = [(old[name], new[name]) for name in old if name in new]
    same = [(a, b) for a, b in both if a.content == b.content]
    anew = [
        b for a, b in same if (a.verdict, a.waiver, a.object) != (b.verdict, b.waiver, b.object)
    ]
    return Difference(
        before,
        after,
        rules=tuple(ruled_changes(before, after)),
        came=tuple(name for name in new if name not in old),
        gone=tuple(name for name in old if name not in new),
        restated=tuple(b.partition for a, b in both if a.content != b.content),
        proved=tuple(b.partition for b in anew),
        moved=tuple(b.partition for a, b in both if a.part != b.part),
    )


def moved_statistics(before: Sequence[ColumnFacts], after: Sequence[ColumnFacts]) -> list[str]:
    """Return in words which statistics of columns moved; nothing where none did."""
    old = {one.name: one.plain() for one in before}
    found = []
    for one in after:
        was, now = old.get(one.name), one.plain()
        names = ("values", "nulls", "least", "median", "largest", "mean", "deviation")
        moved = [f"{name} {_number(was[name])} -> {_number(now[name])}" for name in names
                 if was and was[name] != now[name]]  # fmt: skip
        odd = was.get("odd", {}) if was else {}
        moved += [f"{name} {odd.get(name, 0):,} -> {one.odd.get(name, 0):,}"
                  for name in sorted({*odd, *one.odd})
                  if was and odd.get(name, 0) != one.odd.get(name, 0)]  # fmt: skip
        if moved:
            found.append(f"{one.name}: {', '.join(moved)}")
    return found


def moved_findings(ledger: Ledger, changed: Difference) -> dict[str, list[str]]:
    """Return in words, by partition, which rules' outcomes and numbers moved between verdicts.

    Of partitions that are in both and stand under another verdict.
    """
    found = {}
    for name in (*changed.restated, *changed.proved):
        verdicts = [
            ledger.verdict(one.dataset, Partition.parse(name), one.by_partition[name].verdict)
            for one in (changed.before, changed.after)
        ]
        if all(verdicts) and (told := list(_moved(*verdicts))):  # type: ignore[arg-type] # all there
            found[name] = told
    return found


def _moved(before: Verdict, after: Verdict) -> Iterator[str]:
    old = {(one.family, one.name): one for one in before.findings}
    for now in after.findings:
        was = old.get((now.family, now.name))
        if was is None:
            yield f"{now.family} {now.name}: {now.outcome}, not looked at before"
            continue
        told = [] if was.outcome is now.outcome else [f"{was.outcome} -> {now.outcome}"]
        told += [f"{name} {_number(was.numbers[name])} -> {_number(value)}"
                 for name, value in now.numbers.items()
                 if name in was.numbers and was.numbers[name] != value]  # fmt: skip
        if told:
            yield f"{now.family} {now.name}: {', '.join(told)}"


def _columns(old: dict[str, str], new: dict[str, str]) -> str:
    """Return how columns and types differ; their order alone counts too."""
    told = [f"+{name} {new[name]}" for name in new if name not in old]
    told += [f"-{name}" for name in old if name not in new]
    told += [f"{name} {old[name]} -> {new[name]}" for name in new
             if name in old and old[name] != new[name]]  # fmt: skip
    return ", ".join(told) or "the same columns in another order"


def _count(names: Sequence[str]) -> str:
    return "1 partition" if len(names) == 1 else f"{len(names):,} partitions"


def _named(names: Sequence[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")


def _number(value: float | str | None) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
