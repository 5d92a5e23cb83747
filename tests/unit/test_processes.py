"""Work in threads and processes: one contract; and what only processes can suffer."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from pathlib import Path
from typing import Any, cast

import pytest

from karat.compute import Compute, Processes, Serial, Threads
from karat.compute.testing import ComputeContract, square
from karat.errors import InputError, KaratError, RepositoryNotFound, UnavailableError
from karat.lake import open_lake

SITE = """
import os, signal, threading, time
from pathlib import Path

def begun(folder, item):
    Path(folder, f"{item}-{os.getpid()}").touch()

def killed_once(folder, item):
    first = not list(Path(folder).glob(f"{item}-*"))
    begun(folder, item)
    if item in (1, 5) and first:
        os.kill(os.getpid(), signal.SIGKILL)
    return item

def poison(folder, item):
    begun(folder, item)
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item

def stuck(folder, item):
    begun(folder, item)
    if item:
        time.sleep(600)
    return item

class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)
        self.lock = threading.Lock()

def odd(folder, item):
    raise Odd("strange", 2)

def nested(folder, item):
    from karat.compute import Processes
    return list(Processes(1).map(abs, [item]))

def lock(folder, item):
    return threading.Lock()
"""


class TestSerial(ComputeContract):
    @pytest.fixture
    def compute(self) -> Compute:
        return Serial()


class TestThreads(ComputeContract):
    @pytest.fixture
    def compute(self) -> Compute:
        return Threads(3)


class TestProcesses(ComputeContract):
    @pytest.fixture
    def compute(self) -> Compute:
        return Processes(2)


@pytest.fixture
def errand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Return a function that gives one of `SITE` by its name, with the folder it marks."""
    from functools import partial
    from importlib import import_module

    (tmp_path / "errands_elsewhere.py").write_text(SITE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "errands_elsewhere", raising=False)
    marks = tmp_path / "marks"
    marks.mkdir()
    return lambda name: partial(getattr(import_module("errands_elsewhere"), name), str(marks))


def processes_of(folder: Path) -> dict[int, set[int]]:
    """Return by item the processes that began it."""
    found: dict[int, set[int]] = {}
    for mark in folder.iterdir():
        item, process = mark.name.split("-")
        found.setdefault(int(item), set()).add(int(process))
    return found


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def until(done: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (found := done()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def test_a_killed_process_costs_its_item_only(errand: Any, tmp_path: Path) -> None:
    assert list(Processes(2).map(errand("killed_once"), range(8))) == list(range(8))
    by_item = processes_of(tmp_path / "marks")
    assert {item: len(there) for item, there in by_item.items()} == {
        n: 2 if n in (1, 5) else 1 for n in range(8)
    }
    assert len(set().union(*by_item.values())) in (3, 4)
    assert active_children() == []


def test_an_item_that_kills_every_process_is_given_up_by_name(errand: Any, tmp_path: Path) -> None:
    results = Processes(2, attempts=2).map(errand("poison"), range(50))
    found: list[int] = []
    with pytest.raises(UnavailableError, match=r"^2: each of 2 processes .* ended \(signal 9, per"):
        found.extend(results)
    assert found == [0, 1]
    by_item = processes_of(tmp_path / "marks")
    assert len(by_item[2]) == 2
    assert len(by_item) < 20
    assert active_children() == []


def test_closing_ends_what_is_under_way(errand: Any, tmp_path: Path) -> None:
    results = cast("Generator[int]", Processes(2).map(errand("stuck"), range(100)))
    assert next(results) == 0
    assert until(lambda: len(processes_of(tmp_path / "marks")) >= 2)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5
    assert active_children() == []


def as_from_a_shell() -> None:
    """Take signals as a program does that a person starts, whatever those who test us do."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


SCRIPT = """
import sys
from functools import partial
from karat.compute import Processes
from errands_elsewhere import stuck

if __name__ == "__main__":
    try:
        list(Processes(2).map(partial(stuck, sys.argv[1]), range(1, 9)))
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize("how", ["interrupt", "group interrupt", "terminate", "kill"])
def test_no_process_is_left_behind(errand: Any, tmp_path: Path, how: str) -> None:
    errand("stuck")
    marks, script = tmp_path / "marks", tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(marks)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=as_from_a_shell,  # noqa: PLW1509
    )
    assert until(lambda: len(processes_of(marks)) == 2)
    workers = set().union(*processes_of(marks).values())
    assert all(map(alive, workers))
    if how == "group interrupt":  # as a terminal does it
        os.killpg(process.pid, signal.SIGINT)
    else:
        chosen = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM, "kill": signal.SIGKILL}
        process.send_signal(chosen[how])
    out, err = process.communicate(timeout=20)
    assert until(lambda: not any(map(alive, workers)))
    if "interrupt" in how:
        assert (process.returncode, out) == (0, "interrupted\n")
        assert "Traceback" not in err


def test_a_script_without_its_guard_is_told(errand: Any, tmp_path: Path) -> None:
    errand("stuck")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace('if __name__ == "__main__":', "if True:"))
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "marks")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert 'below `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


def test_what_cannot_be_sent_is_told(errand: Any) -> None:
    with pytest.raises(InputError, match=r"function .* cannot be sent to another process"):
        list(Processes(1).map(lambda n: n, [1]))
    results = Processes(1).map(square, [3, cast("Any", threading.Lock()), 4])
    assert next(results) == 9
    with pytest.raises(InputError, match=r"item .*lock.* cannot be sent"):
        next(results)
    with pytest.raises(InputError, match="a result cannot be sent"):
        list(Processes(1).map(errand("lock"), [1]))


def test_an_error_of_any_make_says_where_it_comes_from(errand: Any) -> None:
    with pytest.raises(RuntimeError, match=r"^Odd: strange\n") as raised:
        list(Processes(1).map(errand("odd"), [1]))
    assert 'raise Odd("strange", 2)' in raised.value.__notes__[0]


def test_a_function_that_cannot_be_made_there_is_told(tmp_path: Path) -> None:
    where = tmp_path / "nowhere"
    with pytest.raises(RepositoryNotFound, match="no lake at"):
        list(Processes(2).map(Lost(where), [1, 2]))


class Lost:
    """A value that opens a lake where it arrives."""

    def __init__(self, where: Path) -> None:
        self.where = where

    def __call__(self, item: int) -> int:
        return item

    def __reduce__(self) -> Any:
        from functools import partial

        return partial(open_lake, create=False), (str(self.where),)


@pytest.mark.parametrize("made", [Threads, Processes])
@pytest.mark.parametrize("count", [0, -1])
def test_no_work_for_nobody(made: Any, count: int) -> None:
    with pytest.raises(KaratError, match="say 1 or more"):
        made(count)


def test_a_worker_has_no_workers(errand: Any) -> None:
    with pytest.raises(InputError, match="cannot have workers of its own"):
        list(Processes(1).map(errand("nested"), [1]))


@pytest.mark.parametrize("spare", [2, 5, 8, 11])
def test_where_the_machine_gives_fewer_processes_those_there_are_do_all(spare: int) -> None:
    """Open files stand for whatever there may be too few of."""
    assert list(Processes(1).map(square, [2])) == [4]  # whatever else is opened once
    before = open_files()
    with limited(3), pytest.raises(UnavailableError, match=r"started .*Too many open files"):
        list(Processes(3).map(square, range(6)))
    with limited(before + spare), suppress(UnavailableError):
        assert list(Processes(3).map(square, range(6))) == [square(n) for n in range(6)]
    assert active_children() == []
    assert open_files() <= before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def limited(soft: int) -> Iterator[None]:
    """Let this process open no files numbered `soft` or above."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
