"""A breaker under any sequence of what may befall it, against a model that keeps sets."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from karat.breaker import (
    LEASE_S,
    Judgement,
    Phase,
    breaker_of,
    claim,
    confirm,
    counting,
    holds,
    reset,
)
from karat.contracts import parse_contract
from karat.contracts.breaker_rule import BreakerRule
from karat.errors import InputError
from karat.lake.layout import Partition, verdict_path
from karat.lake.memory import MemoryLake
from karat.signing import Keyring, Trust
from karat.signing.ed25519 import Signer
from karat.signing.witness import MemoryWitness
from karat.verdicts import Finding, Ledger, Outcome, Verdict, record
from karat.verdicts.verdict import Inputs
from tests.unit.whole_contract import TEXT

NAME = "sim-spot-a"
LIMIT = 2
CONTRACT = parse_contract(TEXT, "test").model_copy(update={"breaker": BreakerRule(failures=LIMIT)})
DAYS = st.integers(1, 3)
CONTENTS = st.integers(0, 4)
OUTCOMES = st.sampled_from([Outcome.PASS, Outcome.FAIL, Outcome.FAIL, Outcome.INCONCLUSIVE])
JUDGED = st.lists(
    st.tuples(DAYS, CONTENTS, OUTCOMES), min_size=1, max_size=3, unique_by=itemgetter(0)
)


def own_keys() -> Keyring:
    signer = Signer.new()
    trust = Trust().with_key(signer.public)
    return Keyring(lambda: trust, lambda: signer, MemoryWitness())


def day(number: int) -> Partition:
    return Partition(NAME, f"2024-01-0{number}")


def content(number: int) -> str:
    return f"{number:064x}"


def verdict(partition: Partition, held: str, outcome: Outcome, contract: str) -> Verdict:
    inputs = Inputs("quotes", str(partition), held, (), "", "", contract, "L0", 1)
    return Verdict(inputs, (Finding("sequence", "gate", "rule", outcome, "so", {}),))


class BreakerMachine(RuleBasedStateMachine):
    """Judges, claims, reads again and resets; `made` tells contracts apart, so verdicts too."""

    def __init__(self) -> None:
        super().__init__()
        self.lake, self.now, self.made = MemoryLake(keys=own_keys()), 1000, 0
        self.opened, self.failures = False, dict[str, str]()
        self.counted, self.seen = set[str](), set[tuple[str, str]]()
        self.passed, self.claims = dict[str, str](), list[tuple[str, str, int]]()

    @property
    def state(self) -> Any:
        return breaker_of(Ledger(self.lake), "quotes", NAME)

    def clock(self) -> int:
        return self.now

    @rule(judged=JUDGED)
    def judge_some(self, judged: list[tuple[int, int, Outcome]]) -> None:
        self.judge(judged)

    def judge(self, judged: list[tuple[int, int, Outcome]]) -> None:
        self.made += 1
        made = [(day(d), content(c), outcome) for d, c, outcome in judged]
        verdicts = [verdict(p, c, outcome, str(self.made)) for p, c, outcome in made]
        told = [Judgement(p, c, o, v.key) for (p, c, o), v in zip(made, verdicts, strict=True)]
        new = {verdict_path("quotes", t.partition, v.key): v.encode()
               for t, v in zip(told, verdicts, strict=True)}  # fmt: skip
        for _ in range(2):  # the second time, nothing is new
            record(self.lake, new, "Judge", also=counting(CONTRACT, told, self.clock))
        self.expect([(str(p), c, o) for p, c, o in made])

    def expect(self, made: list[tuple[str, str, Outcome]]) -> None:
        bad = {c: p for p, c, o in made if o is Outcome.FAIL and c not in self.counted}
        if bad:
            self.failures |= bad
            self.counted |= set(bad)
            self.opened = self.opened or len(self.failures) >= LIMIT
            self.passed, self.claims = {}, []
        failing = set(self.failures.values())
        for p, c, o in made:
            new = (p, c) not in self.seen and p not in failing
            if o is Outcome.PASS and self.opened and new:
                self.passed[p] = c
        self.seen |= {(p, c) for p, c, _ in made}

    @precondition(lambda self: self.opened)
    @rule(number=DAYS, held=CONTENTS, later=st.sampled_from([0, 0, LEASE_S]), data=st.data())
    def claim(self, number: int, held: int, later: int, data: Any) -> None:
        self.now += later
        name, said = str(day(number)), content(held)
        if self.passed and data.draw(st.integers(0, 4)):
            name, said = data.draw(st.sampled_from(sorted(self.passed.items())))
        state = claim(self.lake, "quotes", NAME, {name: said}, self.clock)
        same = bool(self.claims) and self.claims[-1][:2] == (name, said)
        free = not self.claims or self.now >= self.claims[-1][2] + LEASE_S
        if not same and free and self.passed.get(name) == said:
            self.claims.append((name, said, self.now))
        mine = bool(self.claims) and self.claims[-1][:2] == (name, said)
        assert (state.claim is not None and state.claim.lets == {name: said}) == mine

    @precondition(lambda self: self.opened)
    @rule(number=DAYS)
    def judge_what_is_new(self, number: int) -> None:
        """Give a PASS to a content that nobody saw before."""
        self.judge([(number, 100 + self.made, Outcome.PASS)])

    @precondition(lambda self: self.claims)
    @rule(damage=st.sampled_from(["", "", "other values"]), data=st.data())
    def read_again(self, damage: str, data: Any) -> None:
        of = data.draw(st.sampled_from(self.state.claims))
        confirm(self.lake, of, damage, self.clock)
        confirm(self.lake, of, damage, self.clock)  # two look at once
        self.opened, self.claims, self.passed = bool(damage), [], {}
        if not damage:
            self.failures = {}

    @rule(wanted=st.integers(0, 3))
    def reset(self, wanted: int) -> None:
        if wanted:
            return
        who: dict[str, Any] = {"who": "me", "reason": "why", "clock": self.clock}
        if not (self.opened or self.failures):
            with pytest.raises(InputError, match="closed"):
                reset(self.lake, "quotes", NAME, **who)
            return
        reset(self.lake, "quotes", NAME, **who)
        self.opened, self.failures, self.passed, self.claims = False, {}, {}, []

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        state = self.state
        phase = Phase.CLOSED if not self.opened else Phase.HALF_OPEN if self.passed else Phase.OPEN
        assert state.phase is phase
        assert holds(Ledger(self.lake), state, self.now) is self.opened
        assert {c: p for c, (p, _) in state.failures.items()} == self.failures
        assert (state.counted, dict(state.passed)) == (self.counted, self.passed)
        assert [(*dict(c.lets).items(), c.made_s) for c in state.claims] == [
            ((p, c), at) for p, c, at in self.claims
        ]


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
