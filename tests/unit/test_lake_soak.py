"""A real process is killed, or refused by the disk, at a random system call inside an operation.

The process is traced: it tells by a signal to itself when it enters and when it leaves an
operation, and the test lets it go on from there by a chosen number of system calls before it
kills it. So the kill falls inside, and the run counts that it did.
"""

import ctypes
import errno
import os
import platform
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

REFUSALS = 40 if os.environ.get("KARAT_SOAK") else 4
KILLS = 60 if os.environ.get("KARAT_SOAK") else 6
OPERATIONS = ("put", "commit", "merge", "gc")
SYSCALL, CONTINUE, PEEK, POKE = 24, 7, 3, 6
CALL, RESULT = 120, 80
"""Where x86-64 keeps the number of a call, and what it returns."""
CHANGING = {1, 18, 40, 74, 75, 77, 82, 83, 86, 91}
"""write, pwrite64, sendfile, fsync, fdatasync, ftruncate, rename, mkdir, link, fchmod"""
ENTER, LEAVE = signal.SIGUSR1, signal.SIGUSR2
MOST = 5_000
WORKER = """
import ctypes, os, signal, sys, time
from karat.errors import KaratError
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
    try:
        done = work()
    except KaratError as error:
        print(type(error).__name__, lake.head("main"), error)
        sys.exit(3)
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
        words = [sys.executable, "-c", WORKER, str(place), operation]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.restype = ctypes.c_long
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

    def refuse(self, turn: int, number: int) -> bool:
        """Have the `turn`-th call that changes the disk fail with `number`; False when none did."""
        for step in self.steps(MOST):
            if step % 2:  # on the way out of a call
                continue
            call = self._ptrace(PEEK, self.process.pid, CALL, None)
            turn -= call in CHANGING
            if turn == 0:
                self._ptrace(POKE, self.process.pid, CALL, -1)
                self.stopped(SYSCALL)
                self._ptrace(POKE, self.process.pid, RESULT, -number)
                return True
        return False

    def rest(self) -> str:
        """Let it go on to its end, and return what it said."""
        while self.process.returncode is None:
            self.stopped(CONTINUE)
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def end(self) -> None:
        """Kill it."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


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


def refused(place: Path, operation: str, turn: int, number: int) -> tuple[bool, str]:
    """Return whether the `turn`-th changing call of an operation failed, and what was said."""
    worker = Traced(place, operation)
    try:
        worker.enter()
        return worker.refuse(turn, number), worker.rest()
    finally:
        worker.end()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="knows the registers of x86-64 only")
@pytest.mark.parametrize("operation", OPERATIONS[:3])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_whatever_call_the_disk_refuses_is_told_and_moves_no_head(
    tmp_path: Path, operation: str, number: int
) -> None:
    place, told = tmp_path / "lake", 0
    head = publish(open_lake(place), {"first": b"1"})
    for turn in range(1, REFUSALS):
        try:
            failed, said = refused(place, operation, turn, number)
        except OSError as error:
            pytest.skip(f"processes cannot be traced here: {error}")
        if said:
            kind, seen, *words = said.split(maxsplit=2)
            assert (kind, seen) == ("LakeUnusable", head), said
            assert words, "says what to do"
            told += 1
        lake = open_lake(place, create=False)
        check_whole(lake)
        head = lake.head("main")
        if not failed:
            break
    assert told > 0
