"""Real days that drift: seven of bitFlyer's executions, as days and as hours.

Each day in turn is on trial, two of the others are reference days and four calibrate. Nothing is
wrong with any of them, so every FAIL is a false alarm, and its share shows what drift does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.timing import Row
from karat.contracts import Contract, load_contract
from karat.golden import manifest_of
from karat.messages.bitflyer import bitflyer_day, hours
from karat.verdicts import Finding, Outcome, worst
from karat.verdicts.table_sample import TableSample, judge_table

REFERENCE, CALIBRATION = 2, 4
FOLDER = Path("unclear_licence") / "bitflyer"


@dataclass(frozen=True, slots=True)
class Judged:
    """A day or an hour on trial, and what was found."""

    sample: TableSample
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The verdict: the worst outcome of the gate findings."""
        return worst(finding.outcome for finding in self.findings if finding.role == "gate")

    @property
    def drift(self) -> tuple[float, str]:
        """The largest distance to the reference days in scales, and its name."""
        known = [(float(f.numbers["ratio"]), f.name) for f in self.findings if "ratio" in f.numbers]
        return max(known, default=(0.0, "nothing known"))


def run() -> list[Row]:
    """Return the rows; none where the captures are not there."""
    folder = Path(os.environ.get("KARAT_CAPTURES", "../shared/data")) / FOLDER
    return list(rows(folder)) if folder.is_dir() else []


def rows(folder: Path) -> Iterator[Row]:
    """Yield what was found of the days in a folder."""
    days = whole_days(folder)
    for one in leave_one_out(contract_of("0.05", "none"), days):
        known = next(f.numbers for f in one.findings if f.name == "score")
        told = f"{known['calibration_days']} of {known['needed_days']} days; {drift(one)}"
        yield Row(f"alpha 0.05, {one.sample.name}: {one.outcome}", told)
    for one in leave_one_out(contract_of("0.2", "none"), days):
        yield Row(f"alpha 0.2, R 2, K 4, {one.sample.name}: {one.outcome}", drift(one))
    judged = list(leave_one_out(contract_of("0.2", "hour"), whole_hours(folder)))
    counts = Counter(one.outcome for one in judged)
    shares = ", ".join(f"{o} {100 * counts[o] / len(judged):.1f} %" for o in Outcome)
    failed = {one.sample.group for one in judged if one.outcome is Outcome.FAIL}
    yield Row(
        f"alpha 0.2, {len(judged)} hours, strata by hour, calibrated by the day's worst", shares
    )
    yield Row("days with an hour that FAILs (alpha of them, were days alike)", f"{len(failed)} of 7: {', '.join(sorted(failed))}")  # fmt: skip  # noqa: E501


def drift(one: Judged) -> str:
    """Return the drift in words."""
    return f"{one.drift[0]:.1f} scales in {one.drift[1]}"


def contract_of(alpha: str, strata: str) -> Contract:
    """Return the shipped contract at another alpha, hours compared with the same hour."""
    path = Path(__file__).parents[1] / "contracts" / "bitflyer_executions.yaml"
    shipped = load_contract(path)
    if shipped.unpaired is None:
        raise ValueError(f"{path} has no unpaired rule")
    rule = shipped.unpaired.model_copy(update={"alpha": alpha, "strata": strata})
    return shipped.model_copy(update={"unpaired": rule})


def whole_days(folder: Path) -> list[TableSample]:
    """Return each day as a sample of its own."""
    paths = sorted(folder.glob("executions_*.parquet"))
    return [TableSample(path.stem[-8:], bitflyer_day(path)) for path in paths]


def whole_hours(folder: Path) -> list[TableSample]:
    """Return each hour of Japan, to be compared with that hour of other days."""
    every = pa.concat_tables([day.table for day in whole_days(folder)])
    return [TableSample(n, t, n[11:13], n[:10]) for n, t in hours(every).items()]


def leave_one_out(contract: Contract, samples: Sequence[TableSample]) -> Iterator[Judged]:
    """Yield the findings on each sample, its day left out of the golden ones.

    Of the six others in their order the first and the fourth are reference days, so that both
    kinds span the same time.
    """
    groups = sorted({sample.group for sample in samples})
    for group in groups:
        others = [name for name in groups if name != group]
        chosen = others[:: len(others) // REFERENCE]
        parts = [s for s in samples if s.group != group]
        reference = [s for s in parts if s.group in chosen]
        golden = manifest_of(contract, reference, [s for s in parts if s.group not in chosen])
        for sample in samples:
            if sample.group == group:
                yield Judged(sample, judge_table(contract, sample, golden))
