"""A real process is killed at a random system call inside put, commit, merge and gc.

The process is traced: it tells by a signal to itself when it enters and when it leaves an
operation, and the test lets it go on from there by a chosen number of system calls before it
kills it. So the kill falls inside, and the run counts that it did.
"""

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from karat.lake import Lake, open_lake
from karat.lake.checking import fsck
from karat.lake.collecting import gc
from karat.lake.testing.writing import files, publish, read

KILLS = 60 if os.environ.get("KARAT_SOAK") else 6
OPERATIONS = ("put", "commit", "merge", "gc")
SYSCALL, CONTINUE = 24, 7
ENTER, LEAVE = signal.SIGUSR1, signal.SIGUSR2
MOST = 5_000
WORKER = """
import ctypes, os, signal, sys, time
from karat.lake import open_lake
from karat.lake.collecting import gc
place, operation = sys.argv[1:]
lake = open_lake(place)
tag = os.urandom(4).hex()
data = bytes.fromhex(tag) * 300_000

def begin():
    os.kill(os.getpid(), signal.SIGUSR1)

def end():
    os.kill(os.getpid(), signal.SIGUSR2)

def traced(wanted, work):
    if operation == wanted:
        begin()
    done = work()
    if operation == wanted:
        end()
    return done

gone = lake.session("main", branch=f"gone-{tag}")
gone.put("gone", data + b"gone")
gone.commit("gone")
lake.delete_branch(f"gone-{tag}")
gone.__exit__(None, None, None)
assert ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0
with lake.session("main", branch=f"work-{tag}") as session:
    session.put(f"{tag}/one", data[:7])
    traced("put", lambda: session.put(f"{tag}/two", data))
    commit = traced("commit", lambda: session.commit(tag))
traced("merge", lambda: lake.merge(commit, "main", message=tag))
traced("gc", lambda: gc(lake, grace_s=0, clock=lambda: int(time.time()) + 90))
"""


class Traced:
    """The worker, stopped each time it tells something."""

    def __init__(self, place: Path, operation: str) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", WORKER, str(place), operation])
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def stopped(self, how: int) -> int:
        """Go on until the next stop; return the signal that stopped it, 0 when it has ended."""
        if how and self._ptrace(how, self.process.pid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
        _, status = os.waitpid(self.process.pid, 0)
        if not os.WIFSTOPPED(status):
            self.process.returncode = os.waitstatus_to_exitcode(status)
            return 0
        return os.WSTOPSIG(status)

    def enter(self) -> None:
        """Go on until the operation begins."""
        assert self.stopped(0) == ENTER

    def steps(self, most: int) -> Iterator[int]:
        """Yield each stop at a system call inside the operation, `most` at most."""
        for step in range(most):
            if self.stopped(SYSCALL) in {LEAVE, 0}:
                return
            yield step

    def end(self) -> None:
        """Kill it."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()


def length(place: Path, operation: str) -> int:
    """Return at how many stops one whole operation can be interrupted."""
    worker = Traced(place, operation)
    try:
        worker.enter()
        return sum(1 for _ in worker.steps(MOST))
    finally:
        worker.end()


def kill_inside(place: Path, operation: str, after: int) -> bool:
    """Kill a worker `after` stops into its operation; tell whether it was inside."""
    worker = Traced(place, operation)
    try:
        worker.enter()
        return sum(1 for _ in worker.steps(after)) == after
    finally:
        worker.end()


def check_whole(lake: Lake) -> None:
    """Hold that nothing is damaged, that each merge is whole, and that the lake goes on."""
    assert fsck(lake, deep=True).damages == ()
    for info in files(lake, "main"):
        tag, slash, name = info.path.partition("/")
        if slash:
            data = bytes.fromhex(tag) * 300_000
            assert read(lake, "main", info.path) == (data if name == "two" else data[:7])
    tags = Counter(info.path.partition("/")[0] for info in files(lake, "main") if "/" in info.path)
    assert set(tags.values()) <= {2}, "all of a commit, or nothing of it"
    started = time.monotonic()
    publish(lake, {"after": os.urandom(4)}, branch=f"after-{os.urandom(4).hex()}x")
    assert time.monotonic() - started < 10, "nothing is locked"


def test_killed_at_any_system_call_nothing_is_lost(tmp_path: Path) -> None:
    place, chance, inside = tmp_path / "lake", random.Random(4), Counter[str]()  # noqa: S311
    publish(open_lake(place), {"first": b"1"})
    try:
        longest = {operation: length(place, operation) for operation in OPERATIONS}
    except OSError as error:
        pytest.skip(f"processes cannot be traced here: {error}")
    for turn in range(KILLS):
        operation = OPERATIONS[turn % len(OPERATIONS)]
        after = chance.randrange(1, longest[operation])
        inside[operation] += kill_inside(place, operation, after)
        check_whole(open_lake(place, create=False))
    told = f"{inside.total()} of {KILLS} kills fell inside: {dict(inside)} of stops {longest}"
    assert inside.total() >= KILLS / 2, told
    gc(open_lake(place), grace_s=0, clock=lambda: int(time.time()) + 90)
    check_whole(open_lake(place))
