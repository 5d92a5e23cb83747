"""When partitions are due, against the calendar counted out by hand."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract, due, is_due, parse_contract
from karat.errors import ContractError, InputError

TEXT = (Path(__file__).parents[2] / "contracts" / "book_events.yaml").read_text(encoding="utf-8")
VALUES = yaml.safe_load(TEXT)
FRIDAY = dt.date(2024, 3, 1)
DAYS = st.integers(-20, 60).map(lambda n: FRIDAY + dt.timedelta(days=n))


def contract(**said: Any) -> Contract:
    return Contract.model_validate(VALUES | {"first_day": FRIDAY} | said)


def at(day: dt.date, hour: int, second: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, 0, second), dt.UTC)


def test_a_day_is_due_so_many_hours_after_it_is_over() -> None:
    six = contract(freshness={"hours": 6})
    saturday = FRIDAY + dt.timedelta(days=1)
    assert not is_due(six, FRIDAY, at(saturday, 5) + dt.timedelta(minutes=59, seconds=59))
    assert is_due(six, FRIDAY, at(saturday, 6))
    assert due(six, at(saturday, 5)) == []
    assert due(six, at(saturday, 6)) == [FRIDAY]
    east = dt.timezone(dt.timedelta(hours=9))
    assert is_due(six, FRIDAY, dt.datetime(2024, 3, 2, 15, tzinfo=east))
    assert not is_due(six, FRIDAY, dt.datetime(2024, 3, 2, 14, 59, tzinfo=east))


def test_weekdays_and_holidays() -> None:
    rule = {"days": "weekdays", "holidays": ["2024-03-05"]}
    known = contract(calendar=rule, freshness={"hours": 0})
    week = due(known, at(dt.date(2024, 3, 9), 0))
    assert [day.day for day in week] == [1, 4, 6, 7, 8]
    every = contract(calendar={"holidays": ["2024-03-05"]}, freshness={"hours": 0})
    assert [day.day for day in due(every, at(dt.date(2024, 3, 7), 0))] == [1, 2, 3, 4, 6]


@given(DAYS, st.integers(0, 23), st.integers(0, 72), st.booleans())
def test_what_is_due_is_each_day_that_is_due(
    day: dt.date, hour: int, hours: int, weekdays: bool
) -> None:
    days = "weekdays" if weekdays else "every_day"
    known = contract(calendar={"days": days}, freshness={"hours": hours})
    now = at(day, hour)
    listed = due(known, now)
    around = [FRIDAY + dt.timedelta(days=n) for n in range(-30, 70)]
    assert listed == [one for one in around if is_due(known, one, now)]
    for one in listed:
        assert one >= FRIDAY
        assert (now - at(one, 0)).total_seconds() >= (24 + hours) * 3600
        assert not (weekdays and one.isoweekday() > 5)


def test_without_freshness_nothing_is_ever_due() -> None:
    assert due(contract(), at(dt.date(2030, 1, 1), 0)) == []
    assert not is_due(contract(), FRIDAY, at(dt.date(2030, 1, 1), 0))


def test_a_moment_needs_a_time_zone() -> None:
    naive = dt.datetime(2024, 3, 5)  # noqa: DTZ001 - the one that is refused
    with pytest.raises(InputError, match="no time zone"):
        due(contract(freshness={"hours": 6}), naive)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("freshness: {hours: -1}", "greater than or equal to 0"),
        ("freshness: {after: 6}", "unknown key; one of hours"),
        ("calendar: {days: weekends}", "Input should be 'every_day' or 'weekdays'"),
        ("calendar: {holiday: []}", "did you mean 'holidays'?"),
        ("calendar: {holidays: [christmas]}", "date"),
    ],
)
def test_a_timetable_that_cannot_be_is_refused(said: str, why: str) -> None:
    with pytest.raises(ContractError) as error:
        parse_contract(f"{said}\n{TEXT}", "f")
    assert why in str(error.value)
    assert "f:1: " in str(error.value)


def test_when_data_comes_is_no_part_of_what_it_must_be() -> None:
    dated = contract(calendar={"days": "weekdays"}, freshness={"hours": 2})
    assert dated.digest == contract().digest
