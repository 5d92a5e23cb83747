"""Numbers and names as a reader meets them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.distances import Distance
from karat.report.when import Place
from karat.report.wording import bracket, measured, number, short, tick

SHARES = st.fractions(0, 1, max_denominator=10**9)


@given(a=SHARES, b=SHARES)
def test_a_bracket_never_leaves_out_what_is_possible(a: Fraction, b: Fraction) -> None:
    low, high = sorted((a, b))
    words = bracket(Distance(low, high, 5)).split("..")
    if low == high:
        assert len(words) == 1
        assert abs(Fraction(words[0]) - low) <= low / 100
    else:
        below, above = map(Fraction, words)
        assert below <= low < high <= above
        assert below >= low - high / 100
        assert above <= high + high / 100


def test_no_rows_have_an_unknown_distance() -> None:
    assert bracket(Distance.none()) == "unknown"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "ticks", "1 tick"),
        (2, "ticks", "2 ticks"),
        (-1, "ticks", "-1 ticks"),
        (1, "ns", "1 ns"),
        (1, "", "1"),
        (0.5, "seconds", "0.5 seconds"),
        (2**62, "lots", "4,611,686,018,427,387,904 lots"),
        (3, "1 bid -1 ask", "3"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: str, words: str) -> None:
    assert measured(value, unit) == words


@given(value=st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_keep_every_digit(value: int) -> None:
    assert int(number(value).replace(",", "")) == value


SIZES = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


@given(power=st.integers(-6, 14), sign=st.sampled_from([1, -1]))
def test_a_tick_can_be_read_back(power: int, sign: int) -> None:
    words = tick(sign * 10.0**power).replace("\N{MINUS SIGN}", "-").replace(",", "")
    size = SIZES.get(words[-1], 1)
    assert float(words.rstrip("kMGT")) * size == pytest.approx(sign * 10.0**power)
    assert len(words) <= 9


@given(name=st.text(max_size=80))
def test_a_short_name_stays_and_a_long_one_is_cut(name: str) -> None:
    found = short(name)
    assert len(found) <= 32
    assert found == name or (name.startswith(found[:-1]) and found.endswith("…"))


def test_places_are_read_in_either_order() -> None:
    place = Place("binance-spot-btcusdt", "2024-08-08")
    assert Place.of("binance-spot-btcusdt/2024-08-08") == place
    assert Place.of("2024-08-08|binance-spot-btcusdt") == place
    assert Place.of("2024-08-08") == Place("", "2024-08-08")


@given(moment=st.datetimes())
def test_days_since_1970_follow_the_calendar(moment: object) -> None:
    days = Place("", str(moment)).days
    assert days is not None
    whole = Place("", str(moment)[:10]).days
    assert whole is not None
    assert whole <= days < whole + 1 + 1e-9


def test_days_count_from_1970_in_utc() -> None:
    assert Place("", "1970-01-03").days == 2
    assert Place("", "1970-01-01T06:00").days == 0.25
    assert Place("", "1970-01-01T06:00+06:00").days == 0
    assert Place("", "run 7").days is None
