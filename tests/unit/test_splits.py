"""A split in time: nothing that trains is nearer to what evaluates than the embargo."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.dataset import Split
from karat.errors import InputError

days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


@given(days, st.integers(0, 40), days)
def test_days_that_train_end_before_the_embargo(
    border: dt.date, embargo: int, day: dt.date
) -> None:
    part = Split(str(border), embargo).part_of(str(day))
    away = (border - day).days
    assert part == ("eval" if away <= 0 else "train" if away > embargo else None)


@given(days, st.integers(0, 5), st.integers(1, 5), days)
def test_a_longer_embargo_only_takes_away_from_training(
    border: dt.date, embargo: int, more: int, day: dt.date
) -> None:
    short, long = (Split(str(border), days).part_of(str(day)) for days in (embargo, embargo + more))
    assert long == short or (short, long) == ("train", None)


@pytest.mark.parametrize("border", ["", "2024-02-30", "20240203", "2024-2-3", "0001-01-01", "x"])
def test_what_is_no_border(border: str) -> None:
    with pytest.raises(InputError, match="write a day as YYYY-MM-DD"):
        Split(border, 1)


def test_an_embargo_is_not_below_nothing() -> None:
    with pytest.raises(InputError, match="write 0 or more"):
        Split("2024-02-03", -1)
    assert str(Split("2024-02-03")) == "evaluates from 2024-02-03, 1 day of embargo before it"
