"""Work that is begun anew while others are faster, and when that ends."""

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

import pytest

from karat import load_contract
from karat.cli.settings import Settings
from karat.errors import HeadMoved, InputError, MergeConflict, RefNotFound
from karat.flow import rebuild_partitions
from karat.lake.again import ATTEMPTS, again_while
from karat.lake.memory import MemoryLake

OVERTAKEN = (HeadMoved,)


def losing(times: int, error: BaseException | None = None) -> tuple[Callable[[], str], list[int]]:
    """Return work that fails so many times and then is done, and where its tries are noted."""
    tries: list[int] = []

    def work() -> str:
        tries.append(len(tries))
        if len(tries) <= times:
            raise error or HeadMoved("main", "a" * 64, f"{len(tries):064}")
        return "done"

    return work, tries


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.lake.again.MOST_PAUSE_S", 0.002)


@pytest.mark.parametrize("times", [0, 1, 5, 40])
def test_it_is_begun_anew_until_it_is_done(times: int) -> None:
    work, tries = losing(times)
    assert again_while(OVERTAKEN, work) == "done"
    assert len(tries) == times + 1


def test_it_ends_with_the_last_error_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.lake.again.WITHIN_S", 0.0)
    work, tries = losing(1000)
    with pytest.raises(HeadMoved) as caught:
        again_while(OVERTAKEN, work)
    assert len(tries) == ATTEMPTS, "so many at least, however slow they are"
    assert caught.value.actual == f"{ATTEMPTS:064}"


def test_its_time_counts_from_the_first_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.lake.again.WITHIN_S", 0.2)
    began = time.monotonic()
    with pytest.raises(HeadMoved):
        again_while(OVERTAKEN, losing(10**9)[0])
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("error", [InputError("no"), MergeConflict(["a"]), KeyboardInterrupt()])
def test_another_error_is_raised_at_once(error: BaseException) -> None:
    for times in (1, 2):
        work, tries = losing(times, error)
        with pytest.raises(type(error)) as caught:
            again_while(OVERTAKEN if times == 1 else (), work)
        assert (caught.value, len(tries)) == (error, 1)


def test_an_interrupt_between_tries_is_one() -> None:
    numbers = count()

    def work() -> str:
        if next(numbers) == 3:
            raise KeyboardInterrupt
        raise HeadMoved("main", "a" * 64, "b" * 64)

    with pytest.raises(KeyboardInterrupt):
        again_while(OVERTAKEN, work)
    assert next(numbers) == 4


def test_what_is_done_at_once_loads_no_library() -> None:
    first = "import sys; from karat.lake.again import again_while; again_while((), int)"
    code = f"{first}; print('tenacity' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout == "False\n"


def test_a_lake_without_main_is_told_at_once() -> None:
    """Only an audit branch may be gone because somebody else was faster."""
    asked: list[str] = []

    class Bare(MemoryLake):
        def head(self, branch: str) -> str:
            asked.append(branch)
            raise RefNotFound(branch)

    contract = load_contract(Settings.from_environment({}).contract)
    with pytest.raises(RefNotFound, match="main"):
        rebuild_partitions(Bare(), contract)
    assert asked == ["main"]
