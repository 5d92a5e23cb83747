"""What a release has computed again: what its versions say, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from karat.lake.layout import LEDGER
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


def after(watch: Watch) -> tuple[list[str], list[str]]:
    """Return which jobs ran until the sensors came to rest, and which files were opened."""
    with opened(data_files(watch.lake)) as files:
        jobs = watch.go()
    return jobs, files


def test_another_judge_judges_again_and_reads_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger(watch, "verdicts")
    for module in ("verdicts.judging", "verdicts.trial", "verdicts", "flow.remembered",
                   "flow.rejudging", "watch.rules"):  # fmt: skip
        name = f"karat.{module}.JUDGE_VERSION"
        monkeypatch.setattr(name, BUMPED, raising=False)
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
    for module in ("messages", "messages.rebuilding", "verdicts.lineage", "flow.rebuild",
                   "watch.captures"):  # fmt: skip
        monkeypatch.setattr(f"karat.{module}.REBUILD_VERSION", BUMPED, raising=False)
    builds = ledger(watch, "builds")
    jobs, files = after(watch)
    assert jobs == ["rebuild"]
    assert len(ledger(watch, "builds") - builds) == len(watch.days)
    assert {path.split("/")[0] for path in files} == {"raw"}
    assert ledger(watch, "verdicts") == before
