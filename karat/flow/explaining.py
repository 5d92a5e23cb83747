"""Findings of a verdict in the ledger, worked out again by hand from the lake's raw rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa

from karat.compute.states import golden_quotes
from karat.contracts import Contract
from karat.distances import Distance
from karat.errors import InputError
from karat.explanation import Evidence, rests_on
from karat.flow.pictures import on_trial_at
from karat.golden import Finer, Yardstick
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.messages.message import NO_TIME
from karat.store import Store
from karat.verdicts import Finding, Ledger, Outcome, Subject, Verdict
from karat.verdicts.full_values import full_of
from karat.verdicts.verdict import Number
from karat.verdicts.worst_chunk import Chunk, worst_chunk

SEVERITY = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)


@dataclass(frozen=True)
class Case:
    """A partition as it was judged, and its verdict."""

    subject: Subject
    verdict: Verdict

    @property
    def worst_first(self) -> list[Finding]:
        """Return the findings: FAIL first, gates before warnings, then by how far it is."""

        def rank(finding: Finding) -> tuple[int, bool, float]:
            far = max(float(finding.numbers.get(n, 0.0)) for n in ("ratio", "worst_chunk_ratio"))
            at = SEVERITY.index(finding.outcome)
            return at, finding.role != "gate", -far

        return sorted(self.verdict.findings, key=rank)

    def finding(self, name: str) -> Finding:
        """Return the finding called `name`, or the only one whose name has that in it."""
        every = self.verdict.findings
        found = [f for f in every if f.name == name] or [f for f in every if name in f.name]
        if len(found) != 1:
            have = ", ".join(f.name for f in found or every)
            raise InputError(f"{name!r} is {'several' if found else 'no'} of the findings: {have}")
        return found[0]


def case_of(
    lake: Lake, contract: Contract, ref: str, partition: Partition, *, store: Store
) -> Case:
    """Return a partition of `ref` with its verdict; InputError where it was not judged yet."""
    case = on_trial_at(lake, contract, ref, partition, store=store)
    verdict = Ledger(lake).verdict(contract.dataset, partition, case.inputs.key)
    if verdict is None:
        raise InputError(f"{partition} is not judged at {ref}: run karat validate first")
    return Case(case, verdict)


def evidence_of(contract: Contract, case: Case, finding: Finding) -> Evidence:
    """Return the raw rows behind a finding, read from the lake; only what it needs."""
    found = case.subject
    held = found.golden.usable(contract, found.stratum) if found.golden else {}
    for one in rests_on(finding, case.verdict.findings):
        if "refined" in one.numbers:
            held[one.name] = _finer(found, held[one.name])
    paired = finding.family == "paired"
    before = (
        found.before.reading.table() if found.before and finding.family == "invariants" else None
    )
    return Evidence(
        contract,
        found.candidate.table(),
        held,
        case.verdict.findings,
        _quotes(found) if paired else None,
        _trades(found) if paired else None,
        before,
    )


def chunk_of(contract: Contract, case: Case, finding: Finding) -> Chunk | None:
    """Return the stretch of time that is farthest from golden in a distance; None for no such.

    The verdict has it where golden days are cut by time; else rows are read. None too without
    blocks of time in the contract, or stretches with enough rows.
    """
    if known := _stored(finding.numbers):
        return known
    found, rule = case.subject, contract.unpaired
    held = found.golden.usable(contract, found.stratum) if found.golden else {}
    if finding.name not in held or rule is None or rule.blocks is None:
        return None
    one, time = held[finding.name], rule.blocks.time
    columns = [*dict.fromkeys([*one.measure().reads(), time])]
    return worst_chunk(one, found.candidate.table(columns), time)


def _finer(found: Subject, one: Yardstick) -> Yardstick:
    """Return a yardstick in the finer cells that its distance was decided by."""
    measure = one.measure()
    state = measure.observe(found.candidate.table(measure.reads()))
    return Finer.of(one, full_of(found.candidate.lake, found.sources, one), state).yardstick


def _stored(numbers: Mapping[str, Number]) -> Chunk | None:
    """Return the stretch that a finding has stored; None for none."""
    names = ("worst_chunk_ns", "worst_chunk_s", "worst_chunk_rows", "worst_chunk_distance")
    if any(name not in numbers for name in names):
        return None
    start, seconds, rows = (int(numbers[name]) for name in names[:3])
    far = Fraction(numbers[names[3]])
    return Chunk(start, seconds, Distance(far, far, rows))


def _quotes(case: Subject) -> Sequence[tuple[Any, ...]] | None:
    if (paired := case.paired.quotes) is None:
        return None
    quotes = golden_quotes(paired.golden, paired.reader, paired.instrument)
    return _rows(quotes)


def _trades(case: Subject) -> Sequence[tuple[Any, ...]] | None:
    if (paired := case.paired.trades) is None:
        return None
    columns = paired.golden.table(paired.reader.golden_trade_columns)
    found = paired.reader.trades(columns, paired.instrument, paired.golden.path)
    *rest, times = _lists(found)
    return list(zip(*rest, [None if t == NO_TIME else t for t in times], strict=True))


def _rows(columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*_lists(columns), strict=True))


def _lists(columns: Sequence[Any]) -> list[list[Any]]:
    return [
        c.to_pylist() if isinstance(c, pa.ChunkedArray | pa.Array) else c.tolist() for c in columns
    ]
