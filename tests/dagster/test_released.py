"""What a release has computed again: what its versions say, and nothing else."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from karat.contracts import Contract, measures
from karat.flow import validate
from karat.lake.layout import LEDGER, MAIN
from karat.resources import lake_resource
from karat.states import Ordering
from karat.store import DiskStore
from tests.dagster.opened import data_files, opened
from tests.dagster.ticking import Watch, watching

BUMPED = 1000


@pytest.fixture
def watch(tmp_path: Path, simulated: Any) -> Iterator[Watch]:
    with watching(tmp_path, simulated) as made:
        made.bring(*((n, day.raw) for n, day in enumerate(made.days)))
        assert made.go() == ["rebuild"]
        yield made


def ledger(watch: Watch, folder: str) -> set[str]:
    return {one.path for one in watch.lake.list(LEDGER, f"{folder}/")}


def release(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Have a version be another wherever it was imported, as in processes of a new release."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "karat" and hasattr(module, version):
            monkeypatch.setattr(module, version, BUMPED)


def after(watch: Watch) -> tuple[list[str], list[str]]:
    """Return which jobs ran until the sensors came to rest, and which files were opened."""
    with opened(data_files(watch.lake)) as files:
        jobs = watch.go()
    return jobs, files


def test_another_judge_judges_again_and_reads_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger(watch, "verdicts")
    release(monkeypatch, "JUDGE_VERSION")
    assert after(watch) == (["revalidate"], [])
    assert ledger(watch, "verdicts") > before


def test_another_package_version_does_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.__version__", "99.0.0")
    before = ledger(watch, "verdicts")
    watch.load()
    assert after(watch) == ([], [])
    assert ledger(watch, "verdicts") == before


def test_another_rebuild_with_the_same_rows_proves_nothing_anew(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger(watch, "verdicts")
    release(monkeypatch, "REBUILD_VERSION")
    builds = ledger(watch, "builds")
    jobs, files = after(watch)
    assert jobs == ["rebuild"]
    assert len(ledger(watch, "builds") - builds) == len(watch.days)
    assert {path.split("/")[0] for path in files} == {"raw"}
    assert ledger(watch, "verdicts") == before


def states(watch: Watch) -> tuple[list[tuple[str, ...]], Contract]:
    """Return the names of what each day was judged by, and the contract that orders them."""
    on = lake_resource(watch.settings).connect()
    proof = validate(on.lake, on.contract, MAIN, watch.partitions, store=on.store)
    assert proof.cached == len(watch.days), "the sensors had all of it judged"
    return [proof.verdicts[day].inputs.states for day in watch.partitions], on.contract


def test_another_version_of_a_statistic_has_its_states_computed_and_no_others(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, contract = states(watch)
    monkeypatch.setattr(Ordering, "version", Ordering.version + 1)
    monkeypatch.setattr("karat.flow.ways._known", {})  # as in a new process
    kept = list[str]()
    put_many = DiskStore.put_many

    def told(self: DiskStore, items: Mapping[str, bytes]) -> None:
        kept.extend(items)
        put_many(self, items)

    monkeypatch.setattr(DiskStore, "put_many", told)
    jobs, files = after(watch)
    assert jobs == ["revalidate"]
    assert watch.runs[-1][2]
    assert sorted(files) == [f"book_events/{day}.parquet" for day in watch.partitions]
    now, _ = states(watch)
    its = [isinstance(one.statistic, Ordering) for one in measures(contract)]
    assert 0 < sum(its) < len(its)
    for old, new in zip(before, now, strict=True):
        others = [a == b for a, b in zip(old, new, strict=True)]
        assert others[: len(its)] == [not own for own in its]
        assert all(others[len(its) :]), "neither distances nor captures held against it"
    known = {name for day in before for name in day}
    assert not known & set(kept), "what was known is not computed once more"
    assert {name for day in now for name in day} - known <= set(kept)
    assert after(watch) == ([], [])
