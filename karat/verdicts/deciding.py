"""What is recorded of many partitions, decided from columns by the rulebook's rules in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from karat.contracts import Family, Role
from karat.verdicts.certain import (
    FAIL,
    NOT,
    OPEN,
    PASS,
    Decided,
    distances,
    everywhere,
    violated,
)
from karat.verdicts.columns import Columns
from karat.verdicts.facts_format import facts_of_plain
from karat.verdicts.judging import Rulebook
from karat.verdicts.paired import judge_paired
from karat.verdicts.row_findings import counted
from karat.verdicts.ruling import Ruling
from karat.verdicts.verdict import Outcome

OUTCOMES = {PASS: Outcome.PASS, OPEN: Outcome.INCONCLUSIVE, FAIL: Outcome.FAIL}
CODES = {outcome: code for code, outcome in OUTCOMES.items()}
Rule = tuple[str, str]


class Said(NamedTuple):
    """An outcome and the rules that decided it, as an entry of a record has them."""

    outcome: Outcome
    decisive: tuple[Rule, ...]


def decided_at_once(
    rules: Rulebook, columns: Columns, contents: Sequence[str]
) -> list[Said | None]:
    """Return what is decided of each partition; None where rationals are to say.

    `contents` are the names of what the partitions hold: of a golden day's a rule says more.
    """
    found = list(_ruled(rules, columns))
    names = [rule for rule, _ in found]
    size = len(columns.rows)
    doubts = np.isin(contents, list(rules.golden_days)) if rules.golden_days else np.zeros(size)
    for _, one in found:
        doubts = doubts.astype(bool) | one.doubts
    table = np.stack([one.codes for _, one in found] or [everywhere(NOT, size).codes], axis=1)
    kinds: dict[bytes, Said] = {}
    said: list[Said | None] = []
    data, width = table.tobytes(), table.shape[1]
    for place, doubt in enumerate(doubts.tolist()):
        kind = data[place * width : (place + 1) * width]
        if kind not in kinds:
            kinds[kind] = _said(names, table[place].tolist())
        said.append(None if doubt else kinds[kind])
    return said


def _said(names: Sequence[Rule], codes: Sequence[int]) -> Said:
    """Return what `entry_of` would of such rulings."""
    worst = max(codes)
    if worst == NOT:
        return Said(Outcome.INCONCLUSIVE, ())
    decisive = [name for name, code in zip(names, codes, strict=False) if code == worst]
    return Said(OUTCOMES[worst], tuple(decisive[:1] if worst == PASS else decisive))


def _ruled(rules: Rulebook, columns: Columns) -> Iterator[tuple[Rule, Decided]]:
    """Yield each rule's family and name, and its outcomes where it is a gate."""
    contract, size = rules.contract, len(columns.rows)
    roles = rules.roles[False]
    for rule in rules.row_rules:
        gate = counted(roles["invariants"], rule.severity) == "gate"
        one = violated(columns, rule.name, rule.allowance) if gate else everywhere(NOT, size)
        yield ("invariants", rule.name), one
    yield from _alone(rules, columns)
    if contract.paired:
        paired = judge_paired(contract.paired, roles["paired"], None)
        yield (paired.family, paired.name), _same(paired, size)
    if contract.unpaired:
        yield from _distances(rules, columns, roles["unpaired"])


def _distances(rules: Rulebook, columns: Columns, role: Role) -> Iterator[tuple[Rule, Decided]]:
    rule, stratum = rules.contract.unpaired, columns.stratum
    if rule is None:
        return
    score, each = distances(rule, rules.held(stratum), rules.limit(stratum), columns)
    nothing = everywhere(NOT, len(columns.rows))
    yield ("unpaired", "score"), score if role == "gate" else nothing
    for asked, one in each:
        gate = counted(role, asked.severity) == "gate"
        yield ("unpaired", asked.name), one if gate else nothing


def _alone(rules: Rulebook, columns: Columns) -> Iterator[tuple[Rule, Decided]]:
    """Yield the rules on copies and on order, which are decided one by one: nothing is divided."""
    copies, sequence = columns.copies, columns.sequence
    if copies is None and sequence is None:
        return
    said = [
        {"copies": copies and copies[n], "sequence": sequence and sequence[n]}
        for n in range(len(columns.rows))
    ]
    each = [
        [*rules.order_rulings(rows, facts_of_plain(one))]
        for rows, one in zip(columns.rows, said, strict=True)
    ]
    for ruled in zip(*each, strict=True):
        codes = np.array([_code(one) for one in ruled], np.int8)
        name: tuple[Family, str] = ruled[0].family, ruled[0].name
        yield name, Decided(codes, np.zeros(codes.size, bool))


def _same(ruling: Ruling, size: int) -> Decided:
    return everywhere(_code(ruling), size)


def _code(ruling: Ruling) -> int:
    return CODES[ruling.outcome] if ruling.role == "gate" else NOT
