"""What columns decide is what rationals decide, however near to a bar it is."""

from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.partitions import lean_table
from karat.distances import Distance
from karat.golden import ChunkProfile, GoldenManifest, manifest_of
from karat.states import InvariantState
from karat.verdicts.batch import entry_of
from karat.verdicts.columns import Columns, columns_of
from karat.verdicts.deciding import decided_at_once
from karat.verdicts.facts import Facts, Far
from karat.verdicts.facts_format import plain_facts
from karat.verdicts.judging import Rulebook
from karat.verdicts.measurement import Measurement
from karat.verdicts.table_sample import TableSample
from tests.unit.rejudged import BASE, ROWS, changed

RULE = "values are not negative"
TINY = Fraction(1, 10**17)


@cache
def golden() -> GoldenManifest:
    days = [TableSample(f"golden {n:03}", lean_table(10**6 + n, ROWS)) for n in range(22)]
    return manifest_of(BASE, days[:3], days[3:])


@cache
def book(tolerance: str, alpha: str, worst_chunk: str, severity: str, role: str) -> Rulebook:
    said = {"tolerance": tolerance, "alpha": alpha, "worst_chunk": worst_chunk}
    contract = changed(**said, severity=severity, min_rows=100, allowance=1)
    families = {**contract.families, "unpaired": role}
    return Rulebook(contract.model_copy(update={"families": families}), golden())


BOOKS = st.builds(
    book,
    st.sampled_from(["0.05", "0.2", "0.9"]),
    st.sampled_from(["0.05", "0.3", "0.01"]),
    st.sampled_from(["gate", "warn"]),
    st.sampled_from(["gate", "warn"]),
    st.sampled_from(["gate", "warn"]),
)
SHARES = st.fractions(0, 1, max_denominator=10**9)
STEPS = st.sampled_from([-(10**6), -1, 0, 0, 1, 10**6]).map(lambda steps: steps * TINY)


def bars(rules: Rulebook, worth: Fraction | None) -> list[Fraction]:
    """Return the places at which something about a distance is decided."""
    unpaired = rules.contract.unpaired
    assert unpaired is not None
    (asked,) = unpaired.distances
    bar = rules.limit("").bar(asked, rules.held("")["value"])
    if bar is None:
        return []
    width = bar.width.of(worth) or Fraction(0)
    asked_for = bar.tolerance or Fraction(0)
    return [*bar.whole, *bar.stretch, asked_for - width, asked_for + width]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rulebook, list[Measurement]]:
    rules = draw(BOOKS)
    return rules, draw(st.lists(measurements(rules), min_size=1, max_size=6))


@st.composite
def measurements(draw: st.DrawFn, rules: Rulebook) -> Measurement:
    worth = draw(st.none() | st.fractions(0, 10**6, max_denominator=10**4))
    places = bars(rules, worth)
    near = st.builds(lambda at, step: max(Fraction(0), at + step), st.sampled_from(places), STEPS)
    value = (near if places else st.nothing()) | SHARES
    low, high = sorted([draw(value), draw(value)])
    ends = (low, draw(st.sampled_from([low, high])))
    rows = draw(st.sampled_from([0, 99, 100, 10**5]))
    profile = None
    if draw(st.booleans()):
        far = draw(value)
        profile = ChunkProfile(0, 10**9, 50, far, 3, far, far)
    far_one = Far(Distance(*ends, rows), worth, draw(st.booleans()), profile)
    kept = {RULE: InvariantState(rows, draw(st.integers(0, 3)), None)}
    said = plain_facts(Facts(kept=kept, far={"value": far_one}))
    return Measurement(f"{draw(st.integers(0, 9)):064x}", rows, "", ["a" * 64], "", said)


def slow(rules: Rulebook, one: Measurement) -> Any:
    entry = entry_of("", one.content, rules.rulings(one.candidate("v-m-a/2024-01-01"), one.facts))
    return entry.outcome, entry.decisive


@settings(max_examples=120, deadline=None)
@given(cases())
def test_what_is_certain_is_what_rationals_say(case: tuple[Rulebook, list[Measurement]]) -> None:
    rules, measured = case
    (columns,) = columns_of(measured) or []
    again = Columns.of_plain(columns.plain())
    for one, said in zip(
        measured, decided_at_once(rules, again, [m.content for m in measured]), strict=True
    ):
        assert said is None or tuple(said) == slow(rules, one)


@settings(max_examples=50, deadline=None)
@given(BOOKS, SHARES, st.fractions(1, 10**6, max_denominator=99))
def test_what_is_not_near_a_bar_is_certain(rules: Rulebook, at: Fraction, worth: Fraction) -> None:
    assume(all(abs(at - bar) > Fraction(1, 10**9) for bar in bars(rules, worth)))
    said = plain_facts(
        Facts({RULE: InvariantState(9, 0)}, far={"value": Far(Distance(at, at, 10**5), worth)})
    )
    one = Measurement("c" * 64, 10**5, "", ["a" * 64], "", said)
    (columns,) = columns_of([one]) or []
    (found,) = decided_at_once(rules, columns, [one.content])
    assert found is not None
    assert tuple(found) == slow(rules, one)


def test_rows_of_another_golden_day_are_left_to_words() -> None:
    rules, day = book("0.9", "0.05", "gate", "gate", "gate"), golden().calibration[0]
    far = Far(Distance(Fraction(0), Fraction(0), 10**5), Fraction(10**5))
    said = plain_facts(Facts({RULE: InvariantState(9, 0)}, far={"value": far}))
    one = Measurement(day.content, 9, "", ["a" * 64], "", said)
    (columns,) = columns_of([one]) or []
    assert decided_at_once(rules, columns, [one.content]) == [None]
    assert str(slow(rules, one)[0]) == "FAIL"


def test_facts_that_fit_in_no_column_have_none() -> None:
    far = Far(Distance(Fraction(10**400), Fraction(10**400), 9))
    huge = plain_facts(Facts(far={"value": far}))
    plain = Measurement("c", 9, "", [], "", {"kept": {RULE: [9, 0, None]}})
    assert columns_of([plain]) is not None
    assert columns_of([plain, plain._replace(said={"kept": {"other": [9, 0, None]}})]) is None
    assert columns_of([plain._replace(said={"census": "00"})]) is None
    assert columns_of([plain._replace(said=huge)]) is None
