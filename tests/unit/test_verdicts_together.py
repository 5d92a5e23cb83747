"""What many verdicts say together: spent budgets, changed outcomes, alarms, the worst picture."""

from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from karat.flow.golden_effect import Changed, Effect
from karat.flow.pictures import worst_distance
from karat.flow.reproducing import Reproduced
from karat.flow.watching import watched
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome, Verdict, Watch
from karat.verdicts.spending import score_of, spending
from karat.verdicts.verdict import Inputs
from tests.unit.test_golden import contract
from tests.unit.test_spending import DAYS, golden

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
OUTCOMES = st.sampled_from([PASS, FAIL, OPEN])
ROLES: st.SearchStrategy[Any] = st.sampled_from(["gate", "warn"])
NAMES = ("score", "spread", "size", "memory")
GOLDEN, CONTRACT = golden(), contract()
BOUND = watched(CONTRACT, GOLDEN, {Partition.parse(DAYS[20]): Verdict(
    Inputs("walk", "i/d", "c", (), "g", "", "k", "L1", 2),
    (Finding("unpaired", "gate", "score", FAIL, "", {"q": 2.0}),),
)})[0].bound  # fmt: skip


def verdict(*findings: Finding, content: str = "c") -> Verdict:
    return Verdict(Inputs("walk", "i/d", content, (), "g", "", "k", "L1", 2), findings)


@st.composite
def unpaired(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> Finding:
    numbers: dict[str, Any] = {"alpha": draw(st.sampled_from(["1/5", "0.05"]))}
    numbers |= {"q": 2.0} if draw(st.booleans()) else {}
    numbers |= {"ratio": draw(st.floats(0, 9))} if draw(st.booleans()) else {}
    numbers |= {"statistic": draw(st.sampled_from(["ks", "acf", "atom"]))}
    name = draw(st.sampled_from(names))
    return Finding("unpaired", draw(ROLES), name, draw(OUTCOMES), "why", numbers)


ROW = Finding("invariants", "gate", "score", FAIL, "a rule of rows", {})
FOUND = st.lists(unpaired(), max_size=4, unique_by=lambda f: f.name)
VERDICTS = FOUND.map(lambda found: verdict(ROW, *found))


@given(st.dictionaries(st.sampled_from(DAYS), VERDICTS, max_size=6))
def test_what_is_spent_is_counted_day_by_day(verdicts: dict[str, Verdict]) -> None:
    scored = {name: f for name, v in verdicts.items() for f in v.findings[1:]
              if f.name == "score" and "q" in f.numbers and f.role == "gate"}  # fmt: skip
    found = spending(verdicts)
    if not scored:
        assert found is None
        return
    assert found is not None
    alpha = max(Fraction(str(f.numbers["alpha"])) for f in scored.values())
    assert found.refused == Counter(f.outcome for f in scored.values())[FAIL]
    assert (found.days, found.budget.partitions) == (len(scored), len(scored))
    assert found.budget.expected == alpha * len(scored)
    gates = [sum(f.role == "gate" for f in verdicts[name].findings[1:]) for name in scored]
    assert found.budget.distances == max(gates) - 1
    assert found.plain()["expected"] == float(found.budget.expected)


def test_two_instruments_on_one_day_are_one_day_and_two_partitions() -> None:
    score = Finding("unpaired", "gate", "score", FAIL, "", {"q": 1.0, "alpha": "0.1"})
    found = spending({f"{name}/2024-01-01": verdict(score) for name in ("a-b-c", "a-b-d")})
    assert found is not None
    assert (found.days, found.refused, found.budget.partitions) == (1, 2, 2)


@given(VERDICTS, VERDICTS)
def test_a_change_is_in_the_findings_whose_outcome_differs(before: Verdict, after: Verdict) -> None:
    change = Changed(Partition.parse(DAYS[0]), before, after)
    old, new = ({f.name: f for f in v.findings[1:]} for v in (before, after))
    differing = {name for name in (old | new) if told(old, name) != told(new, name)}
    assert set(change.findings) == differing
    assert change.outcome is (before.outcome is not after.outcome)
    plain = change.plain()
    assert (plain["before"], plain["after"]) == (str(before.outcome), str(after.outcome))
    assert plain["why"] == after.failures
    for name, one in plain["findings"].items():
        assert (one["before"], one["after"]) == (told(old, name), told(new, name))
        assert one["reason"] == ("why" if name in new else "")
    assert Effect(1, (change,), 0).outcomes == [change] * change.outcome


def told(findings: dict[str, Finding], name: str) -> str | None:
    return str(findings[name].outcome) if name in findings else None


@given(FOUND)
def test_the_picture_is_of_the_failed_distance_farthest_away(findings: list[Finding]) -> None:
    drawn = [f for f in findings if f.outcome is FAIL and "ratio" in f.numbers
             and f.numbers["statistic"] in ("ks", "acf")]  # fmt: skip
    first = [f for f in drawn if f.numbers["statistic"] == "ks"] or drawn
    found = worst_distance(findings)
    if not first:
        assert found is None
        return
    (named,) = (f for f in first if f.name == found)
    assert float(named.numbers["ratio"]) == max(float(f.numbers["ratio"]) for f in first)


def test_a_ks_distance_is_drawn_before_another_that_is_farther() -> None:
    ks: dict[str, Any] = {"statistic": "ks", "ratio": 2.0}
    acf: dict[str, Any] = {"statistic": "acf", "ratio": 9.0}
    both = [Finding("unpaired", "gate", n, FAIL, "", m) for n, m in (("near", ks), ("far", acf))]
    assert worst_distance(both) == "near"
    assert worst_distance(both[1:]) == "far"


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=16), st.integers(1, 600), st.randoms())
def test_evidence_is_what_a_better_has_who_bets_on_scores_above(
    exceeded: list[bool], level: int, shuffled: Any
) -> None:
    """Two instruments are watched apart, in the order of their days, and golden days not at all."""
    late = DAYS[12:]
    judged = {Partition.parse(day): above for day, above in zip(late, exceeded, strict=False)}
    other = {Partition("sim-usdm-xyz", p.date): not above for p, above in judged.items()}
    ours = {Partition.parse(day): True for day in DAYS[:12]}
    every = list((judged | other | ours).items())
    shuffled.shuffle(every)
    verdicts = {p: verdict(score(above)) for p, above in every}
    found = {one.instrument: one for one in watched(CONTRACT, GOLDEN, verdicts, level)}
    assert set(found) == ({"sim-usdm-abc", "sim-usdm-xyz"} if exceeded else set())
    for name, flags in (("sim-usdm-abc", judged), ("sim-usdm-xyz", other)):
        watch, rung = Watch(BOUND), None
        wealth = watch.empty()
        for day in sorted(flags):
            wealth = watch.after(wealth, exceeded=flags[day])
            rung = rung or (str(day) if watch.value(wealth) >= level else None)
        if flags:
            assert found[name].days == tuple((str(d), flags[d]) for d in sorted(flags))
            assert found[name].alarm.partition == rung
            assert found[name].alarm.value == float(watch.value(wealth))


def score(above: bool) -> Finding:
    outcome = FAIL if above else PASS
    return Finding("unpaired", "warn", "score", outcome, "", {"q": 2.0, "alpha": "1/5"})


def test_a_score_that_no_quantile_judged_is_none() -> None:
    without = Finding("unpaired", "gate", "score", OPEN, "", {"alpha": "1/5"})
    assert score_of(verdict(ROW, without)) is None
    assert score_of(verdict(ROW, score(above=True))) == score(above=True)


def test_only_the_same_bytes_are_the_same() -> None:
    day = Partition.parse(DAYS[0])
    again = verdict(score(above=True))
    assert Reproduced(day, again, verdict(score(above=True))).same
    assert not Reproduced(day, again, verdict(score(above=False))).same
    assert not Reproduced(day, again, verdict(score(above=True), content="other")).same
    assert not Reproduced(day, again, None).same
