"""The rules every `Compute` keeps, as cases for pytest.

Have a fixture ``compute`` that gives one of two or three items at once, or fewer, and let pytest
collect a subclass. What is applied are functions of this module: other processes import them.
"""
# ruff: noqa: S101, D102, PLR2004 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import cast

import pytest

from karat.compute.work import Compute
from karat.errors import HeadMoved, InputError, ObjectNotFound

MANY = 100_000
MOST_AHEAD = 50


def square(n: int) -> int:
    """Return the square."""
    return n * n


def slow_first(n: int) -> int:
    """Return the square; the sooner the item, the later."""
    time.sleep(0.02 / (n + 1))
    return n * n


def third_fails(n: int) -> int:
    """Return the number, except of 2."""
    if n == 2:
        raise InputError("the third")
    return n


def moved(n: int) -> int:
    """Raise an error that is not made of its message."""
    raise HeadMoved("main", "a" * 64, f"{n:064}")


def missing(n: int) -> int:
    """Raise an error that is one of the system's besides."""
    raise ObjectNotFound(f"nothing at {n}")


class ComputeContract:
    """All rules and errors of `Compute`."""

    def test_results_come_in_order(self, compute: Compute) -> None:
        assert list(compute.map(slow_first, range(12))) == [n * n for n in range(12)]

    def test_no_item_no_result(self, compute: Compute) -> None:
        assert list(compute.map(square, [])) == []

    def test_it_may_be_used_again(self, compute: Compute) -> None:
        for count in (3, 1, 2):
            assert list(compute.map(square, range(count))) == [n * n for n in range(count)]

    def test_an_error_comes_in_its_place(self, compute: Compute) -> None:
        results = compute.map(third_fails, range(1000))
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(InputError, match=r"^the third$"):
            next(results)
        assert list(results) == []

    def test_an_error_comes_as_it_was_raised(self, compute: Compute) -> None:
        with pytest.raises(HeadMoved, match="read it again") as raised:
            list(compute.map(moved, [7]))
        assert (raised.value.branch, raised.value.actual[-1]) == ("main", "7")
        with pytest.raises(ObjectNotFound, match=r"^nothing at 7$") as absent:
            list(compute.map(missing, [7]))
        assert isinstance(absent.value, FileNotFoundError)

    def test_few_items_are_taken_ahead(self, compute: Compute) -> None:
        taken = 0

        def items() -> Iterator[int]:
            nonlocal taken
            while taken < MANY:
                taken += 1
                yield taken

        results = cast("Generator[int]", compute.map(square, items()))
        for wanted in range(1, 30):
            assert next(results) == wanted * wanted
            assert taken <= wanted + MOST_AHEAD
        results.close()
        assert taken <= 30 + MOST_AHEAD

    def test_an_error_among_the_items_comes_behind_the_results(self, compute: Compute) -> None:
        def items() -> Iterator[int]:
            yield 3
            raise InputError("no more items")

        results = compute.map(square, items())
        found: list[int] = []
        with pytest.raises(InputError, match="no more items"):
            found.extend(results)
        assert found == [9]
