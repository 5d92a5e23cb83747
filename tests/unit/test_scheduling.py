"""How tests are shared out among workers, seen on suites of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scheduling import LONG, place, scope

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from tests import scheduling

def pytest_xdist_make_scheduler(config, log):
    return scheduling.scheduling(config, log)

def pytest_collection_modifyitems(config, items):
    items[:] = scheduling.ordered(items)

@pytest.fixture(scope="session")
def worker(worker_id):
    return worker_id
"""
FILE = """
import os, pathlib, pytest

@pytest.mark.parametrize("n", range(6))
def test_one(n, worker_id):
    with open(pathlib.Path(__file__).parent / "log", "a") as log:
        log.write(f"{pathlib.Path(__file__).name} {n} {worker_id}\\n")
"""


def test_a_file_is_one_workers_but_for_the_groups_in_it() -> None:
    assert scope("tests/a.py::test_x[1]", "tests/a.py::test_x[1]") == "tests/a.py"
    assert scope("own_server", "tests/a.py::test_x@own_server") == "own_server"


def test_what_takes_long_comes_first_and_what_is_not_named_last() -> None:
    assert place("own_server") == 0
    assert place(LONG[2] + "::test_x") == 2
    assert place("tests/unit/test_scheduling.py::test_x") == len(LONG)


def test_every_long_one_is_there() -> None:
    """A file that was renamed would come last, and be waited for."""
    marks = {mark.read_text() for mark in (ROOT / "tests").rglob("*.py")}
    for one in LONG:
        found = (ROOT / one).exists() if "/" in one else any(f'"{one}"' in text for text in marks)
        assert found, one


def test_workers_share_files_and_not_their_tests(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for letter in "abcd":
        (tmp_path / f"test_{letter}.py").write_text(FILE)
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n2",
        "--dist=loadgroup",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert "24 passed" in done.stdout, done.stdout + done.stderr
    lines = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    workers = {name: {w for found, _, w in lines if found == name} for name, _, _ in lines}
    assert len(workers) == 4
    assert all(len(own) == 1 for own in workers.values())
    assert len(set.union(*workers.values())) == 2
    for name in workers:
        assert [n for found, n, _ in lines if found == name] == list("012345")


@pytest.fixture
def named(request: pytest.FixtureRequest) -> Callable[[object], str | None]:
    hook = request.config.hook.pytest_make_parametrize_id
    return lambda value: hook(config=request.config, val=value, argname="text")


@pytest.mark.parametrize("text", ["x" * 101, b"x" * 101, "\ud800" * 101])
def test_a_long_text_is_named_by_its_length_and_sum(
    named: Callable[[object], str | None], text: str | bytes
) -> None:
    assert re.fullmatch(r"text-(str|bytes)-101-[0-9a-f]{8}", named(text) or "")


def test_other_texts_have_other_names_and_short_ones_their_own(
    named: Callable[[object], str | None],
) -> None:
    assert len({named(one * 101) for one in "xyz"}) == 3
    assert named("x" * 100) is None
