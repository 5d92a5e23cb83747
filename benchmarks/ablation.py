"""Which statistic earns its bytes: twelve faults judged without each, and by each alone.

Each fault at our floor, on 20 days of its own. A day is measured once, and judged again under the
shipped contract less one rule, so that score and q are those of the distances that are left; a rule
that has a finding of its own is left out by its finding. Beside golden captures distances only
warn, so there they are not tried.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from benchmarks.fault_trials import HEALTHY, MODES, Case, Days, Mode, made, spoiled, states_of
from benchmarks.judged_days import censuses, outcome_of, shipped
from karat.contracts import Contract, UnpairedRule
from karat.errors import InputError
from karat.verdicts import Finding, Outcome, judge
from karat.verdicts.judging import Candidate

DAYS = 20
SEED = 5
FLOORS: Mapping[Mode, Mapping[int, float]] = {
    "unpaired": {1: 1e-4, 2: 0.01, 5: 0.2, 8: 3e-4, 10: 2, 12: 0.01, 15: 10, 19: 1.01, 22: 0.01,
                 26: 1.1, 28: 1, 36: 0.001},
    "paired": {1: 1e-4, 2: 0.01, 5: 0.02, 8: 3e-4, 10: 2, 12: 0.01, 15: 10, 19: 1.01, 22: 0.01,
               26: 1.1, 28: 1, 36: 0.001},
}  # fmt: skip
"""Our floors by row of the catalogue, as `bench_faults` finds them."""
SHIPPED = "the shipped contract"
STRETCHES = "worst stretch of each distance"
ALL = {"invariants": "all invariants", "unpaired": "all distances", "paired": "all censuses"}
How = Literal["without", "alone"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One outcome: of a case on a day, in a mode, `how` it was judged and by which rule."""

    case: Case
    day: int
    mode: Mode
    how: How
    rule: str
    outcome: Outcome


def trials(days: Days, number: int) -> list[Trial]:
    """Return all outcomes on one day; a case that the day has no place for is left out."""
    return [trial for mode in MODES for case in cases(mode) for trial in _of(days, number, case, mode)]  # fmt: skip  # noqa: E501


def cases(mode: Mode) -> list[Case]:
    """Return the healthy day, and each fault at our floor."""
    return [Case(HEALTHY, 0.0), *(Case(row, floor) for row, floor in FLOORS[mode].items())]


def measured(count: int = DAYS, seed: int = SEED) -> list[Trial]:
    """Return the trials of `count` days, in two processes."""
    with tempfile.TemporaryDirectory() as folder:
        days, _ = made(Path(folder), count, seed)
        with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
            found = pool.map(partial(trials, days), range(1, count + 1))
            return [trial for part in found for trial in part]


def _of(days: Days, number: int, case: Case, mode: Mode) -> Iterator[Trial]:
    today, yesterday = days.day(number), days.day(number - 1).events
    try:
        events = spoiled(today.events, yesterday, case, number)
    except InputError:
        return
    golden, sample = days.golden(), Candidate(str(today.date), "on trial", events.num_rows)
    states = states_of(golden, events, yesterday)
    quotes, trades = censuses(shipped(), events, today) if mode == "paired" else (None, None)

    def found(contract: Contract) -> tuple[Finding, ...]:
        return judge(contract, sample, states, quotes, golden, trades)

    whole = found(shipped())
    yield Trial(case, number, mode, "without", "", outcome_of(whole))
    for (how, rule), contract in contracts().items() if mode == "unpaired" else ():
        yield Trial(case, number, mode, how, rule, outcome_of(_kept(found(contract), how)))
    for rule in _own_findings(whole):
        for how, findings in _split(whole, rule).items():
            yield Trial(case, number, mode, how, rule, outcome_of(findings))


@cache
def contracts() -> dict[tuple[How, str], Contract]:
    """Return the shipped contract without each distance, and with that one alone.

    The worst stretches of all distances are left out together.
    """
    rules = _unpaired().distances
    found: dict[tuple[How, str], Contract] = {}
    for rule in rules:
        others = tuple(one for one in rules if one.name != rule.name)
        found["without", rule.name] = _with(distances=others)
        found["alone", rule.name] = _with(distances=(rule,))
    return found | {("without", STRETCHES): _with(worst_chunk="none")}


def _with(**changes: object) -> Contract:
    return shipped().model_copy(update={"unpaired": _unpaired().model_copy(update=changes)})


def _unpaired() -> UnpairedRule:
    rule = shipped().unpaired
    if rule is None:
        raise ValueError("the shipped contract has no unpaired distances")
    return rule


def _kept(findings: Sequence[Finding], how: str) -> Sequence[Finding]:
    """Return the findings, or with a distance alone only those on distances."""
    return [f for f in findings if f.family == "unpaired"] if how == "alone" else findings


def _own_findings(findings: Sequence[Finding]) -> list[str]:
    """Return the rules that have a finding of their own, and the families."""
    alone = [f.name for f in findings if f.family != "unpaired"]
    return [*alone, *(name for family, name in ALL.items() if any(f.family == family for f in findings))]  # fmt: skip  # noqa: E501


def _split(findings: Sequence[Finding], rule: str) -> dict[How, list[Finding]]:
    """Return the findings without those of a rule, or of a family, and those alone."""

    def belongs(one: Finding) -> bool:
        own = one.family != "unpaired" and one.name == rule
        return own or ALL.get(one.family) == rule

    return {"without": [f for f in findings if not belongs(f)],
            "alone": [f for f in findings if belongs(f)]}  # fmt: skip


def failed(found: Sequence[Trial], mode: Mode, how: How) -> dict[str, Counter[int]]:
    """Return how many days FAIL by rule ("" for the whole contract) and row of the catalogue."""
    counts: dict[str, Counter[int]] = {"": Counter()}
    for trial in found:
        if (trial.mode, trial.how) == (mode, how):
            own = counts.setdefault(trial.rule, Counter())
            own[trial.case.row] += trial.outcome is Outcome.FAIL
    return counts
