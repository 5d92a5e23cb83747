"""What a comparison says, part by part: the outcome, its reasons, and what is missing."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from karat.comparison import Atom, Column, Comparison, Differing, KeyCensus, telling
from karat.comparison.clock import Reach
from karat.comparison.evidence import Known, missing
from karat.comparison.invariants import Rule
from karat.distances import Distance

EQUAL = Distance(Fraction(0), Fraction(0), 500)
CENSUS = KeyCensus(("k",), 500, 0, 0, 0, 0, 0, (), (), ())
COLUMN = Column("x", "values", EQUAL, "", None, (0, 0), None)
NOTHING = Comparison(
    "a", "b", (500, 500), ((), ()), (COLUMN,), {}, {}, (), None, None, same=False, missing=()
)
BROKEN = Rule("x is above 0", 2, 40, 500)
LABEL = Rule("venue is always y", 500, 1, 500, decides=False)


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({}, "INCONCLUSIVE"),
        ({"same": True}, "SAME"),
        ({"rules": (BROKEN,)}, "FAIL"),
        ({"rules": (LABEL, Rule("x never falls", 0, None, 500))}, "INCONCLUSIVE"),
        ({"census": CENSUS}, "INCONCLUSIVE"),
        ({"census": replace(CENSUS, only_golden=1)}, "FAIL"),
        ({"census": replace(CENSUS, only_candidate=1)}, "FAIL"),
        ({"census": replace(CENSUS, repeats=1)}, "FAIL"),
        ({"census": replace(CENSUS, beyond_golden=9, beyond_candidate=9)}, "INCONCLUSIVE"),
        ({"census": replace(CENSUS, columns=(Differing("x", 1, None, ((1, 2, 3),)),))}, "FAIL"),
        ({"same": True, "rules": (BROKEN,)}, "FAIL"),
    ],
)
def test_the_outcome_follows_from_what_is_known(known: dict[str, Any], outcome: str) -> None:
    found = replace(NOTHING, **known)
    assert found.outcome == outcome
    assert str(found).startswith(f"{outcome}: ")


def test_what_decides_is_told_before_what_does_not() -> None:
    often = Rule("y is never null", 90, 3, 500)
    found = replace(NOTHING, rules=(LABEL, BROKEN, often), census=replace(CENSUS, repeats=1))
    assert found.broken == (often, BROKEN, LABEL)
    told = telling.outcome(found)
    assert told == "2 of 3 rules that golden holds are broken; rows of one key are not the same"
    lines = list(telling.broken(found))
    assert lines[1] == "x is above 0 (500 golden rows): 2 of 500 rows break it, row 40 first"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("0", "0", "0"),
        ("0", "1/100000", "< 0.0001"),
        ("1/100000", "1/100000", "< 0.0001"),
        ("1/10", "1/10", "0.1000"),
        ("1/10", "100001/1000000", "0.1000"),
        ("0", "1/1000", "0.0000..0.0010"),
        ("1", "1", "1.0000"),
    ],
)
def test_brackets(low: str, high: str, text: str) -> None:
    assert telling.bracket(Distance(Fraction(low), Fraction(high), 5)) == text


def test_a_row_says_how_it_differs() -> None:
    apart = Distance(Fraction(1, 5), Fraction(1, 4), 500)
    reach = Reach(Fraction(90), Fraction(80), Fraction(1, 4), Fraction(1, 2))
    atom = Atom(9000, 0.25, 0.125)
    column = Column("qty", "values", apart, "mostly shape", atom, (3, 0), reach)
    name, by, shown, tolerance, differs = telling.row(column)
    assert (name, by, shown, tolerance) == ("qty", "values", "0.2000..0.2500", "0.500")
    assert differs == "mostly shape; value 9000: 25.00%, golden 12.50%; nulls: 3, golden 0"
    far = replace(column, reach=replace(reach, tolerance=Fraction(3, 2)))
    assert telling.row(far)[3] == "above 1"
    slight = replace(column, atom=Atom(1, 0.1, 0.101), nulls=(0, 0))
    assert telling.row(slight)[4] == "mostly shape"
    assert telling.row(COLUMN)[3:] == ("", "no difference")


def test_a_census_in_lines() -> None:
    wrong = Differing("qty", 1, 1e6, ((7, 10**6 + 1, 1),))
    word = Differing("note", 250, None, (((1, "x"), "a" * 60, None),))
    found = KeyCensus(("day", "n"), 20_000, 2, 0, 0, 7, 0, ((1, 2), (1, 3)), (), (), (word, wrong))
    lines = list(telling.census(replace(found, columns=(word, wrong, Differing("z", 0, None, ())))))
    assert lines == [
        "20,000 rows matched on day, n",
        "2 only in candidate, from (1, 2), (1, 3)",
        "7 in golden, beyond candidate's keys",
        f"note differs in 250 (1.25%); first 1, x: {'a' * 35}… for null",
        "qty differs in 1 (< 0.01%), by up to 1,000,000; first 7: 1000001 for 1",
        "1 of 3 other columns are equal in all matched rows",
    ]


KNOWN = Known((500, 500), ((), ()), (), None, asked=False, paired=False, keys=())


def told(known: Known, *columns: Column, same: bool = False) -> str:
    return "\n".join(missing(known, columns or (COLUMN,), same=same))


def test_something_is_always_missing() -> None:
    ranked = replace(COLUMN, reach=Reach(*[Fraction(1, 4)] * 4))
    best = KNOWN._replace(clock="t", asked=True, paired=True)
    sentences = missing(best, [ranked], same=False)
    assert [sentence.partition(":")[0] for sentence in sentences] == [
        *("calibration", "tolerance", "effective rows"),
    ]
    assert "h = 0.25;" in sentences[2]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (KNOWN, "unknown without a column of times"),
        (KNOWN, "pairing: no key;"),
        (KNOWN._replace(keys=("trade_id", "id")), "no key, such as --on trade_id;"),
        (KNOWN._replace(asked=True), "no key is on both sides"),
        (KNOWN._replace(rows=(500, 12)), "golden has 12; below 100"),
        (KNOWN._replace(alone=(("mine", "too"), ())), "only candidate has mine, too"),
        (KNOWN._replace(uncompared=("payload",)), "payload not compared"),
    ],
)
def test_each_missing_thing_has_its_words(known: Known, words: str) -> None:
    assert words in told(known)


def test_h_is_told_as_a_span_and_columns_without_one_by_name() -> None:
    spans = [Reach(None, None, h, h) for h in (Fraction(1, 10), Fraction(3, 10))]
    columns = [replace(COLUMN, name=f"x{n}", reach=reach) for n, reach in enumerate(spans)]
    shy = replace(COLUMN, name="flat", reach=Reach(None, None, None, None))
    words = told(KNOWN._replace(clock="t_ns"), *columns, shy)
    assert "by the clock of t_ns they carry h = 0.1 to 0.3;" in words
    assert "blocks of t_ns too few: flat" in words


def test_a_copy_is_not_independent() -> None:
    assert "not a copy of golden" in told(KNOWN, same=True)
    assert "copy" not in told(KNOWN)
