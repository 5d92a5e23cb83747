"""A repository becomes a lake, whatever goes wrong on the way, and by however many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from karat.errors import RepositoryNotFound, UnavailableError
from karat.lake.lakefs_repository import forget, is_new, is_there
from karat.lake.testing.writing import publish
from tests.lakefs_double.faults import Fault, How
from tests.lakefs_double.lakes import access, kept, lake_on, url
from tests.lakefs_double.server import Double, serving

STEPS = (
    "get_config",
    "get_repository",
    "create_repository",
    "get_branch",
    "log_commits",
    "create_branch",
    "get_branch_protection_rules",
    "set_branch_protection_rules",
)
PASSING: tuple[How, ...] = ("refused", "slow", "dropped", "lost", "cut", "hung_up")


@pytest.fixture
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


def founded(double: Double) -> tuple[list[str], list[str]]:
    repo = kept(double)
    assert len({branch.head for branch in repo.branches.values()}) == 1
    return sorted(repo.branches), repo.protected


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("how", PASSING)
def test_a_fault_that_passes_leaves_a_lake(
    double: Double, tmp_path: Path, operation: str, how: How
) -> None:
    double.faults.add(Fault(operation, how, seconds=0.01))
    lake = lake_on(double, tmp_path)
    assert double.faults.waiting == []
    assert founded(double) == (["ledger", "main"], ["main", "ledger"])
    assert lake.head("main") == lake.head("ledger")


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("how", ["refused", "dropped", "lost"])
def test_what_was_stopped_is_finished_by_the_next(
    double: Double, tmp_path: Path, operation: str, how: How
) -> None:
    double.faults.add(Fault(operation, how, times=1000, status=503))
    if how == "lost" and operation in {"get_repository", "create_repository", "create_branch"}:
        lake_on(double, tmp_path)  # found to be done, or refused with an answer that came
    else:
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1"):
            lake_on(double, tmp_path)
    double.faults.waiting.clear()
    lake_on(double, tmp_path)
    assert founded(double) == (["ledger", "main"], ["main", "ledger"])


def test_many_that_open_it_at_once_open_one_lake(double: Double, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: lake_on(double, tmp_path).head("main"), range(8)))
    assert len(set(opened)) == 1
    branches, rules = founded(double)
    assert (branches, set(rules)) == (["ledger", "main"], {"main", "ledger"})


@pytest.mark.parametrize("how", PASSING)
def test_what_is_forgotten_is_gone_whatever_was_answered(
    double: Double, tmp_path: Path, how: How
) -> None:
    reach = url(double), access(double, tmp_path)
    lake = lake_on(double, tmp_path)
    assert is_new(*reach)
    publish(lake, {"a": b"1"})
    assert not is_new(*reach)
    double.faults.add(Fault("delete_repository", how, seconds=0.01))
    forget(*reach)
    assert not is_there(*reach)
    with pytest.raises(RepositoryNotFound):
        forget(*reach)
