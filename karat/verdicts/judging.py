"""The rule: what was measured of partitions, and a contract, to rulings. Pure; nothing is read.

One way to decide, for a partition that was measured just now and for a thousand remembered ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from karat.contracts import Contract, Family, Measure, Role
from karat.golden import GoldenManifest, Yardstick
from karat.states.census_state import CensusState
from karat.states.trade_census_state import TradeCensusState
from karat.verdicts.chunk_findings import Cut
from karat.verdicts.continuity import judge_sequence
from karat.verdicts.copies import judge_copies
from karat.verdicts.exact_facts import Observe, at_hand, exact_facts
from karat.verdicts.facts import Facts, Far, facts_of
from karat.verdicts.limits import Limit
from karat.verdicts.paired import judge_paired
from karat.verdicts.paired_trades import judge_trades, without_trades
from karat.verdicts.row_findings import RowRule, rows_ruling
from karat.verdicts.ruling import Ruling
from karat.verdicts.unpaired import Measured, judge_unpaired
from karat.verdicts.verdict import Finding, Outcome

JUDGE_VERSION = 4
"""Raised whenever the same states under the same contract would be judged otherwise."""


class Candidate(NamedTuple):
    """Which partition is judged: its name, content digest, rows, and stratum ("" for none)."""

    partition: str
    content: str
    rows: int
    stratum: str = ""


def judge(
    contract: Contract,
    candidate: Candidate,
    states: Sequence[tuple[Measure, Any]],
    census: CensusState | None,
    golden: GoldenManifest | None,
    trades: TradeCensusState | None = None,
    observe: Observe | None = None,
) -> tuple[Finding, ...]:
    """Return what each rule of `contract` finds about a partition.

    `census` and `trades` are None where there is no golden capture of the interval's quotes or
    trades, `golden` where no golden manifest is adopted. Without rows every finding is
    INCONCLUSIVE. `observe` gives the partition's states of any measures; with it, and a golden that
    has all its values at hand, no threshold is left inside what coarse cells certify.
    """
    rules = Rulebook(contract, golden)
    held = rules.held(candidate.stratum)
    facts = facts_of(contract, states, census, held, trades)
    if observe is not None:
        told = rules.doubtful(candidate.stratum, facts.far)
        doubts = [name for name in told if held[name].every is not None]
        facts = exact_facts(facts, doubts, held, states, at_hand, observe)
    return rules.findings(candidate, facts)


@dataclass(frozen=True)
class Rulebook:
    """A contract and the golden days it is judged by; what follows from these is found once."""

    contract: Contract
    golden: GoldenManifest | None
    _held: dict[str, dict[str, Yardstick]] = field(default_factory=dict, compare=False)
    _limits: dict[str, Limit] = field(default_factory=dict, compare=False)

    def held(self, stratum: str) -> dict[str, Yardstick]:
        """Return the yardsticks of a stratum that the contract asks for, as it asks now."""
        if stratum not in self._held:
            golden = self.golden
            self._held[stratum] = golden.usable(self.contract, stratum) if golden else {}
        return self._held[stratum]

    def doubtful(self, stratum: str, far: Mapping[str, Far]) -> list[str]:
        """Return the distances that only all golden values can decide, and have not yet.

        A threshold lies inside what coarse cells certify, and golden has kept all its values. One
        that is not in `far` is not asked about.
        """
        found = []
        for name, one in self.held(stratum).items():
            known = far.get(name)
            if known is None or not one.full or known.refined or known.distance.exact:
                continue
            if known.distance.count < one.rule.min_rows:
                continue
            bar = self.limit(stratum).bar(one.rule, one)
            if bar is not None and bar.inside(known.distance, known.effective_rows):
                found.append(name)
        return found

    def findings(self, candidate: Candidate, facts: Facts) -> tuple[Finding, ...]:
        """Return what each rule finds, in words."""
        return tuple(ruling.finding() for ruling in self.rulings(candidate, facts))

    def rulings(self, candidate: Candidate, facts: Facts) -> list[Ruling]:
        """Return what each rule decides, in the contract's order."""
        contract = self.contract
        roles = self.roles[facts.census is not None]
        found = list(self._rows(candidate, facts, roles))
        if contract.paired:
            found.append(judge_paired(contract.paired, roles["paired"], facts.census))
        if contract.paired and contract.paired.trades:
            if facts.trades is None:
                found[-1] = without_trades(found[-1])
            else:
                role = contract.families["paired"]
                found.append(judge_trades(contract.paired.trades, role, facts.trades))
        if contract.unpaired:
            limit = self.limit(candidate.stratum)
            known = _measured(self.held(candidate.stratum), facts.far)
            score, *each = judge_unpaired(contract.unpaired, roles["unpaired"], known, limit)
            if double := double_of(candidate, self.golden_days.get(candidate.content, "")):
                told = double, score.tell()[1]
                score = score._replace(outcome=Outcome.FAIL, tell=lambda: told)
            found += [score, *each]
        return found

    def _rows(
        self, candidate: Candidate, facts: Facts, roles: Mapping[Family, Role]
    ) -> Iterator[Ruling]:
        locator = self.contract.locator
        for rule in self.row_rules:
            kept = facts.kept[rule.name]
            yield rows_ruling(rule, roles["invariants"], candidate.rows, kept, locator)
        yield from self.order_rulings(candidate.rows, facts)

    def order_rulings(self, rows: int, facts: Facts) -> Iterator[Ruling]:
        """Yield what is decided of copies of the day before, and of the order of messages."""
        contract, roles = self.contract, self.contract.families
        if contract.copies and facts.copies:
            yield judge_copies(contract.copies, roles["invariants"], rows, facts.copies)
        if contract.sequence and facts.sequence:
            yield judge_sequence(contract.sequence, roles["sequence"], rows, facts.sequence)

    @cached_property
    def roles(self) -> dict[bool, dict[Family, Role]]:
        """Return the families' roles, with and without a golden capture of the interval."""
        return {paired: roles_of(self.contract, paired=paired) for paired in (False, True)}

    @cached_property
    def row_rules(self) -> list[RowRule]:
        """Return the rules that each row keeps, in order."""
        contract = self.contract
        book = [contract.book] if contract.book else []
        steps = contract.episodes.steps() if contract.episodes else []
        return [*contract.laws, *contract.ordering, *book, *steps]

    @cached_property
    def golden_days(self) -> dict[str, str]:
        """Return the golden days by content, of one content the first."""
        golden = self.golden
        days = (*golden.reference, *golden.calibration) if golden else ()
        return {day.content: day.partition for day in reversed(days)}

    def limit(self, stratum: str) -> Limit:
        """Return what distances of a stratum are held to."""
        if stratum not in self._limits:
            golden, rule = self.golden, self.contract.unpaired
            scores = golden.limits(self.contract, self.held(stratum)) if golden else []
            self._limits[stratum] = Limit(Fraction(rule.alpha if rule else 1), scores)
        return self._limits[stratum]


def roles_of(contract: Contract, *, paired: bool) -> dict[Family, Role]:
    """Return which families decide: a golden capture of the interval, or else golden days.

    A census is the stronger evidence, so where both are gates the other one only warns.
    """
    roles = dict(contract.families)
    if contract.paired and contract.unpaired and roles["paired"] == roles["unpaired"] == "gate":
        roles["unpaired" if paired else "paired"] = "warn"
    return roles


def _measured(held: Mapping[str, Yardstick], far: Mapping[str, Far]) -> dict[str, Measured]:
    found = {}
    for name, one in held.items():
        known = far[name]
        cut = Cut(one.chunks, known.profile) if one.chunks and known.cut else None
        found[name] = Measured(one, known.distance, known.effective_rows, cut, known.refined)
    return found


def double_of(candidate: Candidate, day: str) -> str:
    """Return that the rows of another, golden `day` stand in for those on trial; "" for none."""
    if not day or day == candidate.partition:
        return ""
    return f"these are the rows of golden day {day}, not of {candidate.partition}"
