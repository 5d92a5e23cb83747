"""How long a day must be: against the formula of the half-width, solved for the rows."""

import itertools
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, isclose, log, sqrt
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from karat.golden import GoldenManifest, full_size, half_width, sufficient
from tests.unit.test_golden import DISTANCES, contract, manifest

GOLDEN = manifest()
WORTH = st.integers(10**3, 10**9)


def worth(rows: int, **other: int) -> GoldenManifest:
    """Return golden days that are worth `rows`, a stratum of its own for each of `other`."""
    strata = {
        stratum: {
            name: replace(one, effective_rows=Fraction(count))
            for name, one in GOLDEN.strata[""].items()
        }
        for stratum, count in {"": rows, **other}.items()
    }
    days = (*GOLDEN.reference, *(replace(d, stratum=s) for s in other for d in GOLDEN.reference))
    return replace(GOLDEN, strata=strata, reference=days)


def asked(tolerance: str, **unpaired: Any) -> Any:
    rules = [rule | ({"tolerance": tolerance} if "tolerance" in rule else {}) for rule in DISTANCES]
    return contract(rules, **unpaired)


def solved(alpha: float, width: float, golden: int) -> float | None:
    """Return n of h = c (1/sqrt(n) + 1/sqrt(m)) for h = `width`; None where m alone is too few."""
    c = sqrt(log(4 / alpha) / 2)
    rest = width - c / sqrt(golden)
    return None if rest <= 0 else (c / rest) ** 2


@given(WORTH, st.integers(5, 95), st.sampled_from(["0.05", "0.2", "1/3"]))
def test_effective_rows_solve_the_half_width(rows: int, percent: int, alpha: str) -> None:
    golden, rules = worth(rows), asked(f"{percent}/100", alpha=alpha)
    wanted = solved(float(Fraction(alpha)), percent / 200, rows)
    assume(wanted is None or wanted < 10**15)
    found = sufficient(rules, golden)["value"]
    assert found.tolerance == Fraction(percent, 100)
    if wanted is None:
        assert found.effective is None or found.effective > 10**15
        assert found.rows is None or found.rows >= 10**15
        return
    assert found.effective is not None
    assert floor(wanted * (1 - 1e-9)) <= found.effective <= ceil(wanted * (1 + 1e-9)) + 1
    exact = half_width(Fraction(alpha), Fraction(found.effective), Fraction(rows))
    assert exact is not None
    assert exact <= Fraction(percent, 200)


@settings(max_examples=20)
@given(WORTH)
def test_a_wider_tolerance_never_takes_more_rows(rows: int) -> None:
    golden = worth(rows)
    sizes = [sufficient(asked(t), golden)["value"].rows for t in ("0.9", "0.5", "0.2", "0.1")]
    for wide, narrow in itertools.pairwise(sizes):
        assert narrow is None or (wide is not None and wide <= narrow)


def test_rows_are_worth_what_golden_rows_are() -> None:
    found = sufficient(asked("0.3"), worth(10**5))["value"]
    one = GOLDEN.strata[""]["value"]
    assert one.cells is not None
    golden_rows = int(one.cells.golden.sum())
    assert found.worth == Fraction(10**5, golden_rows)
    assert found.chosen == Fraction(one.typical_rows, 400)
    assert found.measured is not None
    assert found.effective is not None
    assert found.rows is not None
    assert found.measured == ceil(found.effective / found.worth)
    assert isclose(found.rows, found.measured / float(found.chosen), abs_tol=1)


def test_only_tolerances_ask_for_a_size() -> None:
    named = [rule["name"] for rule in DISTANCES if "tolerance" in rule]
    assert list(sufficient(asked("0.3"), GOLDEN)) == named
    bare = [{k: v for k, v in rule.items() if k != "tolerance"} for rule in DISTANCES]
    assert sufficient(contract(bare), GOLDEN) == {}
    assert full_size(contract(bare), GOLDEN) == {}
    none = asked("0.3").model_copy(update={"unpaired": None})
    assert sufficient(none, GOLDEN) == {}
    assert sufficient(asked("0.3"), GOLDEN, "Mon") == {}, "a stratum without golden days"


@pytest.mark.parametrize("order", [(10**6, 10**5), (10**5, 10**6)])
def test_a_full_size_day_has_the_most_of_all_strata(order: tuple[int, int]) -> None:
    both = worth(order[0], Sat=order[1])
    alone = {rows: sufficient(asked("0.3"), worth(rows)) for rows in order}
    for name, rows in full_size(asked("0.3"), both).items():
        assert rows == max(alone[one][name].rows or 0 for one in order)


@pytest.mark.parametrize("order", [(10**6, 9), (9, 10**6)])
def test_no_day_is_full_size_where_one_stratum_knows_too_little(order: tuple[int, int]) -> None:
    assert set(full_size(asked("0.3"), worth(order[0], Sat=order[1])).values()) == {None}
