"""One finding of a verdict worked out again from raw rows, by the method that fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt
from typing import Any

import pyarrow as pa

from karat.contracts import CELL_KINDS, COPIES, Contract
from karat.contracts.episodes_rule import LINKED, WHOLE_EPISODES
from karat.contracts.row_rules import BOOK
from karat.errors import InputError
from karat.explanation.celled import by_cells
from karat.explanation.censuses import by_census, by_trades
from karat.explanation.choosing import cells, chosen_rows, looked_at
from karat.explanation.copied import by_copies
from karat.explanation.episodes import by_episodes
from karat.explanation.laws import by_book, by_order, by_rule, by_sequence
from karat.explanation.memories import by_acf, by_variances
from karat.explanation.spreads import by_ecdf, by_shares, rows_near
from karat.explanation.stretches import by_stretches
from karat.explanation.worked import Worked
from karat.golden import Yardstick
from karat.verdicts import Finding
from karat.verdicts.chunk_findings import SUFFIX

SCORE = "score"
KINDS = (*CELL_KINDS, "total_variation", "coverage", "atom", "acf", "variance_ratio")
"""Kinds of distances that are worked out here."""


@dataclass(frozen=True)
class Evidence:
    """What a verdict was found from: raw rows, yardsticks, and what rows were held against.

    `quotes` and `trades` are golden's, id and fields; `before` the day before; None for none.
    """

    contract: Contract
    table: pa.Table
    yardsticks: Mapping[str, Yardstick]
    findings: Sequence[Finding]
    quotes: Sequence[tuple[Any, ...]] | None = None
    trades: Sequence[tuple[Any, ...]] | None = None
    before: pa.Table | None = None


def rests_on(finding: Finding, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings whose distances one is made of: of the score all of them, else itself."""
    if (finding.family, finding.name) != ("unpaired", SCORE):
        return [finding]
    return [one for one in findings if one.family == "unpaired"]


def explained(evidence: Evidence, finding: Finding) -> Worked:
    """Return the finding worked out by hand; InputError where the contract has no such rule."""
    worked = Worked(finding)
    by_family = {
        "invariants": _law,
        "sequence": lambda w, e: by_sequence(w, e.contract, e.table),
        "paired": _paired,
        "unpaired": _unpaired,
    }
    by_family[finding.family](worked, evidence)
    return worked


def _law(worked: Worked, evidence: Evidence) -> None:
    contract, table, name = evidence.contract, evidence.table, worked.finding.name
    if name == BOOK and contract.book:
        by_book(worked, contract, contract.book, table)
        return
    if name == COPIES and contract.copies:
        by_copies(worked, contract, contract.copies, table, evidence.before)
        return
    if name in {WHOLE_EPISODES, LINKED} and contract.episodes:
        by_episodes(worked, contract, contract.episodes, table)
        return
    for rule in contract.laws:
        if rule.name == name:
            by_rule(worked, contract, rule, table)
            return
    for order in contract.ordering:
        if order.name == name:
            by_order(worked, contract, order, table)
            return
    raise InputError(f"the contract has no rule called {name!r}")


def _paired(worked: Worked, evidence: Evidence) -> None:
    rule = evidence.contract.paired
    trades = worked.finding.name == "trades"
    golden = evidence.trades if trades else evidence.quotes
    if rule is None or golden is None:
        worked.say("there is no golden capture of this interval to hold rows against")
    elif trades and rule.trades:
        by_trades(worked, evidence.contract, rule.trades, evidence.table, golden)
    else:
        by_census(worked, evidence.contract, rule, evidence.table, golden)


def _unpaired(worked: Worked, evidence: Evidence) -> None:
    if worked.finding.name == SCORE:
        _score(worked, evidence)
        return
    one = evidence.yardsticks.get(worked.finding.name)
    if one is None:
        worked.say("the golden manifest has no yardstick for it: nothing was measured")
        return
    rule, column = one.rule, one.rule.column
    at = chosen_rows(worked, evidence.table, one.rows, (column,))
    values = cells(evidence.table, column)
    values = [values[n] for n in at]
    if rule.kind not in KINDS:
        worked.say(f"{rule.kind} is a statistic of another package: nothing here works it out")
        return
    if rule.kind == "acf":
        found = by_acf(worked, one, looked_at(rule, values))
    elif rule.kind == "variance_ratio":
        found = by_variances(worked, one, values)
    else:
        seen = looked_at(rule, values)
        worked.say(f"looked at: {rule.of.replace('_', ' ')} of {column}, {len(seen):,} of them")
        celled = by_ecdf if rule.kind == "ks" else by_cells
        cells_of = one.cells
        place = (
            by_shares(worked, one, seen)
            if cells_of is None
            else celled(worked, one, cells_of, seen)
        )
        reach = len(values) - len(seen)
        worked.show(evidence.table, rows_near(at, seen, place, reach))
        found = []
    if found:
        worked.show(evidence.table, [at[n] for n in found if n < len(at)])
    _tolerance(worked, evidence, one)
    if one.by_chunk() and one.chunks:
        times = cells(evidence.table, one.chunks.time)
        by_stretches(worked, one, [times[n] for n in at], values)


def _tolerance(worked: Worked, evidence: Evidence, one: Yardstick) -> None:
    """Work out the half-width from the effective rows that the verdict tells."""
    numbers, rule = worked.finding.numbers, evidence.contract.unpaired
    if rule is None or "half_width" not in numbers or "low" not in worked.numbers:
        return
    n_eff, m_eff = float(numbers["n_eff"]), float(numbers["m_eff"])
    part = sqrt(log(4 / float(Fraction(rule.alpha))) / 2)
    width = one.rule.widths * part * (1 / sqrt(n_eff) + 1 / sqrt(m_eff))
    worked.nearly.add("half_width")
    worked.found(half_width=width)
    worth = f"rows that depend on each other are worth {n_eff:.1f} of ours, {m_eff:.1f} of golden"
    times = f"{one.rule.widths} " if one.rule.widths > 1 else ""
    bound = f"{times}sqrt(ln(4/({rule.alpha}))/2) (1/sqrt(n_eff) + 1/sqrt(m_eff)) = {width:.6f}"
    worked.say(f"{worth} (as the verdict has it)", f"half-width: {bound}")
    low, high = max(float(worked.numbers["low"]) - width, 0), float(worked.numbers["high"]) + width
    worked.say(f"so it lies between {low:.6f} and {high:.6f}; tolerated is {one.rule.tolerance}")


def _score(worked: Worked, evidence: Evidence) -> None:
    """Work out every distance that counts, and take the largest in units of its scale.

    Of equal ones the first is the worst, as in a verdict, distances coming before their stretches.
    """
    apart, stretches = dict[str, float](), dict[str, float]()
    unpaired = evidence.contract.unpaired
    gates = unpaired is not None and unpaired.worst_chunk == "gate"
    for finding in evidence.findings:
        one = evidence.yardsticks.get(finding.name)
        if finding.family != "unpaired" or one is None or one.rule.severity != "gate":
            continue
        part = explained(evidence, finding)
        count, far = part.numbers.get("n", 0), part.numbers.get("ratio")
        worked.nearly |= {"score"} if "ratio" in part.nearly else set()
        if isinstance(far, float) and isinstance(count, int) and count >= one.rule.min_rows:
            worked.say(f"{finding.name}: {far:.6f} scales")
            apart[finding.name] = far
            beyond = part.numbers.get("worst_chunk_ratio")
            if isinstance(beyond, float) and gates:
                worked.say(f"{finding.name}{SUFFIX}: {beyond:.6f} spreads beyond what is usual")
                stretches[finding.name + SUFFIX] = beyond
    if ratios := apart | stretches:
        top = max(ratios, key=lambda name: ratios[name])
        worked.say(f"the largest is {top!r}: the score")
        worked.found(score=ratios[top], worst=top)
    else:
        worked.say("no distance has enough rows and golden to count")
    if "q" in worked.finding.numbers:
        days = worked.finding.numbers["calibration_days"]
        worked.say(f"q of {days} calibration days is {worked.finding.numbers['q']}")
