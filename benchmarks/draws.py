"""Healthy days judged many times over: which days calibrate is drawn anew, and so who is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np

from karat.contracts import Contract, Measure, measures, observed
from karat.golden import GoldenManifest, distance_measures, manifest_of
from karat.verdicts import Finding, Outcome, judge, worst
from karat.verdicts.judging import Candidate
from karat.verdicts.table_sample import TableSample

States = list[tuple[Measure, Any]]
REFERENCE = 20


@dataclass
class Tally:
    """How often each outcome came, how often each finding was the reason, and what days are worth.

    `loosest` is how far each tolerance is above the largest leave-one-day-out distance of the
    reference days, at the least; `effective` are the effective rows of the days judged.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    loosest: dict[str, float] = field(default_factory=dict)
    effective: dict[str, list[float]] = field(default_factory=dict)

    def add(self, findings: Sequence[Finding]) -> None:
        """Count the verdict that these findings make."""
        gates = [finding for finding in findings if finding.role == "gate"]
        outcome = worst(finding.outcome for finding in gates)
        self.outcomes[outcome] += 1
        same = [finding.name for finding in gates if finding.outcome is outcome]
        self.reasons.update(same if outcome is not Outcome.PASS else [])

    def plus(self, other: Tally) -> Tally:
        """Return both together."""
        names = self.loosest | other.loosest
        least = {n: min(t.loosest[n] for t in (self, other) if n in t.loosest) for n in names}
        worth = {n: self.effective.get(n, []) + other.effective.get(n, []) for n in names}
        return Tally(self.outcomes + other.outcomes, self.reasons + other.reasons, least, worth)

    def share(self, outcome: Outcome) -> float:
        """Return the share of an outcome."""
        return self.outcomes[outcome] / max(self.outcomes.total(), 1)

    def worth(self) -> dict[str, float]:
        """Return the median effective rows of each distance with a tolerance."""
        return {name: median(rows) for name, rows in self.effective.items() if rows}

    def __str__(self) -> str:
        """Return the shares in words."""
        shares = ", ".join(f"{one} {100 * self.share(one):.1f} %" for one in Outcome)
        return f"{shares} of {self.outcomes.total():,}"


def tallied(
    contract: Contract,
    days: Sequence[TableSample],
    sizes: Sequence[int],
    draws: int,
    candidates: int,
    seed: int,
) -> Mapping[int, Tally]:
    """Return the outcomes for each number of calibration days in `sizes`.

    One draw of `REFERENCE` reference days; `draws` draws of calibration days from the others, at
    each of which `candidates` of those left are judged. States do not hang on who calibrates.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    order = random.permutation(len(days)).tolist()
    reference, others = ([days[n] for n in part] for part in (order[:REFERENCE], order[REFERENCE:]))
    golden = manifest_of(contract, reference, others)
    states = {day.name: states_of(contract, golden, day) for day in others}
    found = {size: Tally() for size in sizes}
    for size, tally in found.items():
        tally.loosest = dict(_room(golden))
        for _ in range(draws):
            mixed = [others[n] for n in random.permutation(len(others)).tolist()]
            names = {day.name for day in mixed[:size]}
            kept = tuple(day for day in golden.calibration if day.partition in names)
            drawn = replace(golden, calibration=kept)
            for day in mixed[size : size + candidates]:
                tally.add(judge(contract, case_of(day), states[day.name], None, drawn))
    for name in found[sizes[0]].loosest:
        worth = [_worth(golden, name, states[day.name]) for day in others]
        for tally in found.values():
            tally.effective[name] = [float(rows) for rows in worth if rows is not None]
    return found


def case_of(day: TableSample) -> Candidate:
    """Return the day as one on trial, under a content of its own: golden it is elsewhere."""
    return Candidate(day.name, f"{day.content} on trial", day.rows, day.stratum)


def states_of(contract: Contract, golden: GoldenManifest, day: TableSample) -> States:
    """Return all that is measured of a day."""
    held = golden.usable(contract, day.stratum)
    asked = [*measures(contract), *distance_measures(held, contract)]
    return list(zip(asked, observed(day.table, asked), strict=True))


def _room(golden: GoldenManifest) -> Iterator[tuple[str, float]]:
    for name, one in golden.strata[""].items():
        if one.rule.tolerance is not None:
            yield name, float(Fraction(one.rule.tolerance) / max(one.left_out))


def _worth(golden: GoldenManifest, name: str, states: States) -> Fraction | None:
    from karat.golden import effective_rows

    blocks = next(state for measure, state in states if measure.name == name and measure.family == "effective")  # fmt: skip  # noqa: E501
    return effective_rows(golden.strata[""][name].rule, blocks)
