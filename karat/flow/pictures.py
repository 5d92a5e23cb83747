"""Pictures of what a verdict found: of a finding, and of many verdicts together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from karat.compute import state_of
from karat.contracts import Contract
from karat.distances import scale_free
from karat.flow.newest import sources_of
from karat.flow.stretch_picture import stretch_picture
from karat.golden import GoldenManifest, Yardstick, quantile
from karat.golden.metering import unwrapped
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.report import acf_plot, calendar_plot, ecdf_plot, score_plot
from karat.store import Store
from karat.verdicts import Finding, Outcome, Subject, Verdict, current_golden, subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = ("ks", "acf")
"""Kinds of distances that have a picture."""


def on_trial_at(
    lake: Lake, contract: Contract, ref: str, partition: Partition, *, store: Store
) -> Subject:
    """Return a partition of `ref` as `validate` would judge it; errors as `subject`."""
    commit, sources = lake.resolve(ref), sources_of(lake, ref)
    golden = current_golden(lake, sources, contract.dataset)
    return subject(
        lake, contract, partition, at=commit, sources=sources, golden=golden, store=store
    )


def finding_picture(contract: Contract, case: Subject, name: str, store: Store) -> Figure | None:
    """Return candidate against golden for the distance called `name`; None for one without any.

    The stretches of the day are drawn where the farthest of them counts more in the score than
    the day as a whole.
    """
    held = case.golden.usable(contract, case.stratum) if case.golden else {}
    one = held.get(name)
    if one is None:
        return None
    by_chunk = _stretches(contract, case, one, store)
    if by_chunk is not None or one.rule.kind not in DRAWN:
        return by_chunk
    measure = one.measure()
    state = unwrapped(one.rule, state_of(measure, case.content, case.candidate, store))
    if one.cells is None:
        return acf_plot(one.golden, state, name=name)
    unit = contract.columns[one.rule.column].unit if one.rule.of != "last_digits" else ""
    return ecdf_plot(one.cells, state, name=name, unit=unit, scale=one.scale)


def _stretches(contract: Contract, case: Subject, one: Yardstick, store: Store) -> Figure | None:
    """Return the picture of a day's stretches; None where the day itself is as far."""
    measure = one.by_chunk()
    if measure is None:
        return None
    state = state_of(measure, case.content, case.candidate, store)
    whole = one.distance(state_of(one.measure(), case.content, case.candidate, store))
    return stretch_picture(one, state, whole, _quantile(contract, case))


def _quantile(contract: Contract, case: Subject) -> Fraction | None:
    """Return the upper bound of q; None with too few calibration days."""
    if case.golden is None or contract.unpaired is None:
        return None
    held = case.golden.usable(contract, case.stratum)
    scores = [high for _, high in case.golden.limits(contract, held)]
    return quantile(scores, Fraction(contract.unpaired.alpha))


def worst_distance(findings: Sequence[Finding]) -> str | None:
    """Return the failed distance with a picture that is farthest away; None for none.

    Far is the day in scales, or its farthest stretch in spreads.
    """
    failed = [f for f in findings if f.outcome is Outcome.FAIL and "ratio" in f.numbers]
    ratios = {f.name: max(_ratios(f)) for f in failed if _drawn(f)}
    of_ks = {f.name for f in findings if f.numbers.get("statistic") == "ks"} & ratios.keys()
    return max(of_ks or ratios, key=lambda name: (ratios[name], name), default=None)


def _ratios(finding: Finding) -> tuple[float, float]:
    """Return how far the day is, and how far beyond what is usual its farthest stretch."""
    far = finding.numbers.get("worst_chunk_ratio", 0.0)
    return float(finding.numbers["ratio"]), float(far)


def _drawn(finding: Finding) -> bool:
    whole, beyond = _ratios(finding)
    return finding.numbers.get("statistic") in DRAWN or beyond > max(whole, 1)


def summary_pictures(
    verdicts: Mapping[Partition, Verdict],
    waived: Iterable[Partition] = (),
    golden: GoldenManifest | None = None,
    contract: Contract | None = None,
) -> dict[str, Figure]:
    """Return the scores and the calendar of verdicts, by the names of their files.

    `golden` and the `contract` they were judged by show calibration days beside them.
    """
    known = [verdicts[partition] for partition in sorted(verdicts)]
    names = [str(partition) for partition in waived]
    scored = _calibration(golden, contract) if golden and contract else {}
    return {
        "scores": score_plot(known, calibration=scored),
        "calendar": calendar_plot(known, waived=names),
    }


def _calibration(
    golden: GoldenManifest, contract: Contract
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return the bounds of the scores of calibration days, by name."""
    held = golden.usable(contract, next(iter(golden.strata), ""))
    groups = dict.fromkeys(day.group for day in golden.calibration)
    limits = golden.limits(contract, held)
    return dict(zip(groups, limits, strict=True)) if limits else {}


def split_of(contract: Contract, case: Subject, name: str, store: Store) -> str:
    """Return how the KS distance called `name` splits into scale and shape; "" for no such one."""
    held = case.golden.usable(contract, case.stratum) if case.golden else {}
    one = held.get(name)
    if one is None or one.cells is None or one.rule.kind != "ks":
        return ""
    state = state_of(one.measure(), case.content, case.candidate, store)
    return scale_free(one.cells, unwrapped(one.rule, state)).words(one.distance(state))
