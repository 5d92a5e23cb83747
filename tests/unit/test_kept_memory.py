"""Freed memory that is kept: pieces after the first are made in pages the process has already."""

from __future__ import annotations

import gc
import platform
import resource
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from karat.compute import Processes
from karat.compute.kept_memory import keep_freed

PIECES = """
import resource, sys
import numpy as np
from karat.compute.kept_memory import keep_freed
if sys.argv[1] == "keep":
    assert keep_freed()

def piece():
    columns = [np.ones(1 << 19) for _ in range(6)]
    return sum(float(column[-1]) for column in columns)

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

assert piece() == piece() == 6
before = faults()
assert sum(piece() for _ in range(20)) == 120
print(faults() - before)
"""


def faults(how: str) -> int:
    command = [sys.executable, "-c", PIECES, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


gnu = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library is left as it is"
)


@gnu
def test_pieces_after_the_first_need_no_new_pages() -> None:
    kept = faults("keep")
    assert kept < 600  # one piece is 6,144 pages, or 12 where they are large
    assert faults("no") > 10 * kept or kept < 50


def test_a_library_that_cannot_be_told_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.compute.kept_memory.ctypes.CDLL", lambda _: object())
    assert not keep_freed()


SETTLED = """
import gc
from karat.compute.kept_memory import settle
loaded = [[n] for n in range(5_000)]
first = settle()
kept = gc.get_freeze_count()
assert kept > 5_000
later = [[n] for n in range(5_000)]
assert settle() is first
assert gc.get_freeze_count() <= kept
assert gc.get_threshold()[0] > 5_000
later.append(later)
del later
assert gc.collect() > 0
"""


def test_what_is_loaded_is_left_alone_and_what_comes_later_is_not() -> None:
    subprocess.run([sys.executable, "-c", SETTLED], check=True)


def told(_: int) -> tuple[int, bool]:
    return pa.cpu_count(), gc.get_freeze_count() > 0


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_workers_share_the_cores_and_leave_alone_what_is_loaded(count: int) -> None:
    assert list(Processes(count).map(told, [1])) == [(max(1, pa.cpu_count() // count), True)]


def faults_of_pieces(_: int) -> int:
    """Return how many pages the system handed out for 20 pieces after two others."""
    begun = 0
    for number in range(22):
        if number == 2:
            begun = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        columns = [np.ones(1 << 19) for _ in range(6)]
        del columns
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - begun


@gnu
def test_a_worker_keeps_what_is_freed() -> None:
    (kept,) = Processes(1).map(faults_of_pieces, [1])
    assert kept < 600  # one piece is 6,144 pages, or 12 where they are large
