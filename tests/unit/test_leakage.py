"""Runs of steps that evaluation shares with training, against a comparison of all of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import EpisodesRule
from karat.dataset import TrainingSteps
from karat.dataset.leakage import leakage, refuse_leakage
from karat.dataset.step_cache import make
from karat.dataset.step_reading import Source
from karat.errors import DatasetRefused
from tests.unit import stepped_days
from tests.unit.stepped_days import day

RULE = EpisodesRule.model_validate(stepped_days.RULE | {"observation": ["level"], "payoffs": []})
Rows = list[tuple[int, int, int]]


def steps_of(folder: Path, *tables: pa.Table) -> TrainingSteps:
    """Return the steps of tables, one partition each."""
    folder.mkdir(exist_ok=True)
    sources = []
    for number, table in enumerate(tables):
        plain, file = folder / f"{number}.parquet", folder / f"{number}.arrow"
        file.unlink(missing_ok=True)
        file.with_suffix(".json").unlink(missing_ok=True)
        pq.write_table(table, plain)
        beside = make(file, RULE, lambda plain=plain: plain, f"i/{number}")  # type: ignore[misc]
        sources.append(Source(f"i/{number}", file, beside))
    return TrainingSteps(RULE, tuple(sources))


def rows_of(table: pa.Table) -> Rows:
    named = (table[name].to_pylist() for name in ("level", "action", "reward"))
    return list(zip(*named, strict=True))


def runs(rows: Rows, width: int) -> set[Any]:
    moved = [row for at, row in enumerate(rows) if at == 0 or row != rows[at - 1]]
    return {tuple(moved[at : at + width]) for at in range(len(moved) - width + 1)}


def test_days_of_their_own_share_nothing(tmp_path: Path) -> None:
    train = steps_of(tmp_path / "train", day(0, 300), day(1, 200))
    evaluation = steps_of(tmp_path / "eval", day(2, 250))
    found = leakage(train, evaluation)
    assert (found.common, found.exact, found.partitions) == (0, True, ())
    assert found.compared == len(runs(rows_of(day(2, 250)), 16)) > 200
    refuse_leakage(train, evaluation)


def test_a_copied_episode_is_refused_by_name(tmp_path: Path) -> None:
    copied = pa.concat_tables([day(3, 90), day(1, 200).slice(50, 25), day(4, 90)])
    train = steps_of(tmp_path / "train", day(0, 300), day(1, 200))
    evaluation = steps_of(tmp_path / "eval", day(2, 250), copied)
    common = len(runs(rows_of(copied), 16) & runs(rows_of(day(1, 200)), 16))
    assert leakage(train, evaluation).common == common >= 8
    with pytest.raises(
        DatasetRefused, match=rf"{common} of .* runs of 16 steps .* without i/1$"
    ) as told:
        refuse_leakage(train, evaluation)
    assert list(told.value.reasons) == ["i/1"]


def test_no_run_goes_from_one_partition_into_the_next(tmp_path: Path) -> None:
    whole = day(0, 60)
    train = steps_of(tmp_path / "train", whole)
    evaluation = steps_of(tmp_path / "eval", whole.slice(0, 15), whole.slice(15, 15))
    assert leakage(train, evaluation).common == 0
    together = steps_of(tmp_path / "eval", whole.slice(0, 30))
    assert leakage(train, together).common == len(runs(rows_of(whole.slice(0, 30)), 16)) > 10


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_counts_are_those_of_all_runs(data: st.DataObject, tmp_path_factory: Any) -> None:
    folder, width = tmp_path_factory.mktemp("runs"), data.draw(st.integers(1, 3))
    tables = []
    for number in range(2):
        seen = data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=30))
        table = day(number, len(seen)).set_column(7, "level", pa.array(np.array(seen)))
        none = pa.array([0] * len(seen))
        names = [(3, "action"), (4, "reward")]
        for at, name in names:
            table = table.set_column(at, name, none)
        tables.append(table)
    train, evaluation = (steps_of(folder / str(n), table) for n, table in enumerate(tables))
    ours, theirs = (runs(rows_of(table), width) for table in reversed(tables))
    found = leakage(train, evaluation, width=width)
    assert found.common == len(ours & theirs)
    assert found.compared in {len(ours), 0}, "0 where there is no run to compare with"


def test_no_steps_share_nothing(tmp_path: Path) -> None:
    none = steps_of(tmp_path / "none", day(0, 3).slice(0, 0))
    some = steps_of(tmp_path / "some", day(0, 30))
    for train, evaluation in ((none, some), (some, none), (none, none)):
        assert leakage(train, evaluation).common == 0
