"""A dataset's card: what it is for, what it holds, what proves it, and where that ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from karat.dataset.allowance import Allowance, allowances
from karat.dataset.manifest import Manifest
from karat.dataset.readings import Reading, readings
from karat.dataset.refusing import refusals
from karat.dataset.statistics import ColumnFacts
from karat.dataset.tagged import Tagged, tags
from karat.dataset.version import Version
from karat.errors import CorruptError
from karat.lake.layout import Partition
from karat.telemetry import Clock, now_s
from karat.verdicts import Finding, Ledger, Outcome, Waiver, waiver_for


@dataclass
class RuleSummary:
    """One rule over all partitions: how many came out how, and the worst of them in words."""

    family: str
    name: str
    role: str
    passed: int = 0
    failed: int = 0
    undecided: int = 0
    worst: str = ""

    def add(self, partition: str, finding: Finding) -> None:
        """Count one partition's finding."""
        self.passed += finding.outcome is Outcome.PASS
        self.failed += finding.outcome is Outcome.FAIL
        self.undecided += finding.outcome is Outcome.INCONCLUSIVE
        first_failure = finding.outcome is Outcome.FAIL and self.failed == 1
        if first_failure or (finding.outcome is Outcome.INCONCLUSIVE and not self.worst):
            self.worst = f"{partition}: {finding.reason}"


class InstrumentRange(NamedTuple):
    """The days of one instrument: first, last, how many, and those between that are missing."""

    instrument: str
    first: str
    last: str
    days: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """All that the page of a dataset tells."""

    manifest: Manifest
    commit: str
    against: dict[str, str]
    ranges: tuple[InstrumentRange, ...]
    rules: tuple[RuleSummary, ...]
    outcomes: dict[str, int]
    waivers: dict[str, Waiver | None]
    allowances: tuple[Allowance, ...]
    readings: tuple[Reading, ...]
    versions: tuple[str, ...]
    columns: tuple[ColumnFacts, ...] = ()

    @property
    def limits(self) -> list[str]:
        """Return what is not shown, in words: what a reader must not take as proved."""
        from karat.dataset.card_limits import limits

        return list(limits(self))

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        of = self.manifest
        return {
            "dataset": of.title,
            "purpose": of.purpose,
            "refused": self.against,
            "range": [one._asdict() for one in self.ranges],
            "partitions": len(of.entries),
            "parts": {part: len(of.of(part)) for part in ("train", "eval")},
            "split": of.split and str(of.split),
            "embargoed": list(of.embargoed),
            "rows": of.rows,
            "bytes": of.size,
            "columns": [one.plain() for one in self.columns],
            "outcomes": self.outcomes,
            "rules": [vars(one) for one in self.rules],
            "waivers": {name: one and one.plain() for name, one in self.waivers.items()},
            "allowances": [one.plain() for one in self.allowances],
            "limits": self.limits,
            "lineage": self.lineage,
            "runs": sorted({one.run for one in self.readings}),
            "models": sorted({one.model for one in self.readings if one.model}),
        }

    @property
    def lineage(self) -> dict[str, Any]:
        """Return what it was made of, by digest."""
        of = self.manifest
        return {
            "of": of.dataset,
            "commit": of.commit,
            "tagged": self.commit,
            "manifest": of.digest,
            "contract": of.contract,
            "golden": of.golden or "none",
            "features": of.features or "not told",
            "signed": list(of.signers),
            "versions": list(self.versions),
        }


def card(
    ledger: Ledger, one: Tagged, columns: Sequence[ColumnFacts] = (), clock: Clock = now_s
) -> Card:
    """Return the card of a dataset; each of its verdicts is read from the ledger.

    CorruptError where the ledger has not got one of them.
    """
    manifest, at_s = one.manifest, clock()
    rules, outcomes, waivers = _verdicts(ledger, manifest, at_s)
    versions = sorted(Version.parse(version) for _, version, _ in tags(ledger.lake, manifest.name))
    return Card(
        manifest=manifest,
        commit=one.commit,
        against=refusals(ledger, one, at_s),
        ranges=tuple(_ranges(manifest)),
        rules=tuple(rules),
        outcomes=outcomes,
        waivers=waivers,
        allowances=tuple(allowances(ledger, manifest)),
        readings=tuple(readings(ledger, manifest)),
        versions=tuple(map(str, versions)),
        columns=tuple(columns),
    )


def _verdicts(
    ledger: Ledger, manifest: Manifest, at_s: int
) -> tuple[list[RuleSummary], dict[str, int], dict[str, Waiver | None]]:
    """Return what the verdicts of all partitions say together, and the waivers in force."""
    rules = dict[tuple[str, str], RuleSummary]()
    outcomes, waivers = dict.fromkeys(map(str, Outcome), 0), dict[str, Waiver | None]()
    for entry in manifest.entries:
        partition = Partition.parse(entry.partition)
        found = ledger.verdict(manifest.dataset, partition, entry.verdict)
        if found is None:
            raise CorruptError(
                f"{entry.partition}: the ledger has no verdict {entry.verdict[:12]}: run karat "
                f"dataset verify {manifest.title}"
            )
        outcomes[str(found.outcome)] += 1
        if entry.waiver:
            waivers[entry.partition] = waiver_for(ledger, found, at_s)
        for finding in found.findings:
            name = finding.family, finding.name
            rule = rules.setdefault(name, RuleSummary(*name, finding.role))
            rule.add(entry.partition, finding)
    return list(rules.values()), outcomes, waivers


def _ranges(manifest: Manifest) -> Iterator[InstrumentRange]:
    by_instrument, left_out = dict[str, list[str]](), dict[str, list[str]]()
    for entry in manifest.entries:
        by_instrument.setdefault(entry.instrument, []).append(entry.day)
    for name in manifest.embargoed:
        partition = Partition.parse(name)
        left_out.setdefault(partition.instrument, []).append(partition.date)
    for instrument, days in by_instrument.items():
        first, last, have = min(days), max(days), {*days, *left_out.get(instrument, ())}
        length = (date.fromisoformat(last) - date.fromisoformat(first)).days
        every = (str(date.fromisoformat(first) + timedelta(days=n)) for n in range(length))
        missing = tuple(day for day in every if day not in have)
        yield InstrumentRange(instrument, first, last, len(days), missing)
