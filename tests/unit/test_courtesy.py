"""Giving way: when others need the cores, and by how much."""

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.cli.workers import compute_of
from karat.compute import Processes
from karat.compute.courtesy import DUTY, Courtesy, crowded, give_way, seen
from karat.errors import InputError


def scheduled(_: int) -> int:
    return os.sched_getscheduler(0)


def test_workers_have_the_lowest_priority_and_we_keep_ours() -> None:
    before = os.sched_getscheduler(0)
    assert list(Processes(1, gives_way=True).map(scheduled, [0])) == [os.SCHED_IDLE]
    assert list(Processes(1).map(scheduled, [0])) == [before]
    assert os.sched_getscheduler(0) == before


@pytest.mark.parametrize(
    ("others", "own", "full"), [(0, 1, False), (1, 1, False), (1.6, 0.1, True), (2, 0, True)]
)
def test_two_cores_are_full_when_others_leave_less_than_half_a_one(
    others: float, own: float, full: bool
) -> None:
    assert crowded((0, 0, 0), (1, 2 - others - own, own), 2) == full


@given(st.integers(1, 64), st.floats(0.2, 100), st.floats(0, 1))
def test_what_we_work_ourselves_fills_nothing(cores: int, passed: float, share: float) -> None:
    own = share * passed
    assert not crowded((5, 7, 9), (5 + passed, 7 + cores * passed - own, 9 + own), cores)


def test_a_full_machine_is_left_for_nine_times_what_was_worked() -> None:
    courtesy = Courtesy(full=True)
    end = time.process_time() + 0.03
    while time.process_time() < end:
        pass
    worked, began = time.process_time() - courtesy.worked_s, time.monotonic()
    courtesy.sleep()
    assert time.monotonic() - began >= worked * (1 / DUTY - 1) * 0.99


def test_clocks_rise() -> None:
    first, then = seen(), seen()
    assert all(new >= old for old, new in zip(first, then, strict=True))


def test_threads_cannot_give_way() -> None:
    with pytest.raises(InputError, match="use --processes with --yield"):
        compute_of(2, None, gives_way=True)
    told = list[str]()

    def ask() -> None:
        try:
            give_way()
        except InputError as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "main thread" in told[0]
