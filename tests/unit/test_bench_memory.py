"""Freed memory that stays with its process is taken again without a page fault."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from resource import RUSAGE_SELF, getrusage

from benchmarks import memory


def _faults() -> tuple[bool, int]:
    """Return the page faults of the second of two times that a thread takes 8 MB."""
    had = memory.kept()

    def taken() -> int:
        before = getrusage(RUSAGE_SELF).ru_minflt
        del bytearray(b"1" * 8_000_000)[:]
        return getrusage(RUSAGE_SELF).ru_minflt - before

    with ThreadPoolExecutor(1) as thread:
        thread.submit(taken).result()
        return had, thread.submit(taken).result()


def test_what_was_freed_costs_no_page_fault_when_it_is_taken_again() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        had, faults = alone.submit(_faults).result()
    assert not had or faults < 8_000_000 // 4096 // 10
