"""Steps read for training: each once an epoch, the same for a seed, and none that is not proved."""

import os
import shutil
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import EpisodesRule
from karat.dataset import Dataset, Steps, TrainingSteps, training_steps
from karat.dataset.mapped_steps import batch_count
from karat.dataset.step_columns import BLOCK, step_batches
from karat.errors import CorruptError, DatasetRefused, InputError
from tests.unit import stepped_days
from tests.unit.stepped_days import SIZES, contract, cut_days, day

TOTAL = sum(SIZES)
RULE = EpisodesRule.model_validate(stepped_days.RULE)


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return cut_days(tmp_path_factory.mktemp("steps"))


@pytest.fixture(scope="module")
def steps(proved: Dataset, tmp_path_factory: pytest.TempPathFactory) -> TrainingSteps:
    return training_steps(proved, contract(), tmp_path_factory.mktemp("cache")).settled()


def numbers(batches: Any) -> list[int]:
    """Return the rows' numbers in the order in which they come."""
    return [int(row) for batch in batches for row in batch.observation[:, 0]]


def same(a: Steps, b: Steps) -> bool:
    one, other = a.arrays(), b.arrays()
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


def test_steps_are_the_rows_of_the_partitions_in_order(steps: TrainingSteps) -> None:
    rows = pa.concat_tables([day(n, size) for n, size in enumerate(SIZES)])
    got = [batch.arrays() for batch in steps.batches(999)]
    for name, columns in (("observation", ["row", "level"]), ("payoffs", ["sell", "hold", "buy"])):
        wanted = np.stack([rows[column].to_numpy() for column in columns], axis=1)
        assert np.array_equal(np.concatenate([one[name] for one in got]), wanted)
    for name in ("action", "reward", "terminated", "truncated"):
        assert np.array_equal(np.concatenate([one[name] for one in got]), rows[name].to_numpy())
    assert {name: str(a.dtype) for name, a in got[0].items()} == {
        "observation": "float32", "action": "int64", "reward": "float32", "terminated": "bool",
        "truncated": "bool", "payoffs": "float32",
    }  # fmt: skip
    assert steps.count() == TOTAL


workers = st.integers(1, 5)
seeds = st.none() | st.integers(0, 2**40)
sizes = st.sampled_from([64, 500, 1000, BLOCK, 3 * BLOCK])


@settings(max_examples=25, deadline=None)
@given(workers, seeds, st.integers(0, 3), sizes)
def test_every_step_comes_once_an_epoch_over_all_workers(
    steps: TrainingSteps, world: int, seed: int | None, epoch: int, rows: int
) -> None:
    each = [
        list(steps.batches(rows, seed=seed, epoch=epoch, rank=rank, world=world))
        for rank in range(world)
    ]
    assert sorted(row for one in each for row in numbers(one)) == list(range(TOTAL))
    assert max(len(batch) for one in each for batch in one) <= rows
    counted = sum(batch_count(size, rows) for size in SIZES)
    assert sum(map(len, each)) == counted
    assert max(map(len, each)) - min(map(len, each)) <= len(SIZES)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 300), st.integers(1, 3))
def test_what_is_resumed_is_what_would_have_come(
    steps: TrainingSteps, seed: int | None, position: int, world: int
) -> None:
    how: dict[str, Any] = {"seed": seed, "epoch": 2, "rank": world - 1, "world": world}
    whole = list(steps.batches(500, **how))
    rest = list(steps.batches(500, position=position, **how))
    assert len(rest) == max(len(whole) - position, 0)
    assert all(map(same, whole[position:], rest))


def test_seeds_and_epochs_tell_the_order(steps: TrainingSteps) -> None:
    orders = {
        (seed, epoch): numbers(steps.batches(100, seed=seed, epoch=epoch))
        for seed in (None, 1, 2)
        for epoch in (0, 1)
    }
    assert orders[None, 0] == orders[None, 1] == list(range(TOTAL))
    assert orders[1, 1] == numbers(steps.batches(100, seed=1, epoch=1))
    assert len({tuple(order) for order in orders.values()}) == 5
    first = [order[0] for order in (orders[1, 0], orders[1, 1], orders[2, 0], orders[2, 1])]
    assert len(set(first)) > 1, "partitions or batches are shuffled, not only what follows"


def test_nothing_is_copied_and_nothing_can_be_changed(steps: TrainingSteps) -> None:
    before = pa.total_allocated_bytes()
    held = list(steps.batches(1000))
    assert pa.total_allocated_bytes() == before
    for array in held[0].arrays().values():
        assert not array.flags.writeable
        assert not array.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.fixture
def copied(steps: TrainingSteps, tmp_path: Path) -> TrainingSteps:
    """Return the same steps from files of their own, which may be damaged."""
    sources = []
    for source in steps.sources:
        file = Path(shutil.copy(source.file, tmp_path))
        file.chmod(0o600)
        sources.append(type(source)(source.partition, file, source.beside))
    return TrainingSteps(steps.rule, tuple(sources))


def damage(file: Path, *, keep_time: bool = False) -> None:
    state = file.stat()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    if keep_time:
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.mark.parametrize("number", range(len(SIZES)))
def test_a_damaged_partition_serves_none_of_its_steps(copied: TrainingSteps, number: int) -> None:
    damage(copied.sources[number].file)
    got: list[Steps] = []
    with pytest.raises(CorruptError, match=copied.partitions[number]):
        got.extend(copied.batches(64))
    assert numbers(got) == list(range(sum(SIZES[:number])))
    copied.sources[number].file.unlink()
    with pytest.raises(CorruptError, match="is gone"):
        list(copied.batches(64))


def test_bytes_are_hashed_once_and_remembered(copied: TrainingSteps) -> None:
    last = copied.sources[-1].file
    assert len(numbers(copied.batches())) == TOTAL
    damage(last, keep_time=True)
    assert len(numbers(copied.batches())) == TOTAL, "it was hashed, and is not hashed again"
    os.utime(last)
    with pytest.raises(CorruptError, match="damaged"):
        list(copied.batches())


def test_the_next_partition_is_hashed_while_one_is_read(copied: TrainingSteps) -> None:
    batches = copied.batches(100)
    assert len(list(islice(batches, 7))) == 7, "all of the first one"
    damage(copied.sources[-1].file)
    with pytest.raises(CorruptError):
        list(batches)


def test_a_partition_that_the_lake_lost_is_refused(tmp_path: Path) -> None:
    few = cut_days(tmp_path, (60, 50))
    entry = few.entries[1]
    file = few.lake.local_path(few.commit, entry.path, verify=False)
    file.chmod(0o600)
    damage(file)
    read = training_steps(few, contract(), tmp_path / "cache")
    got: list[Steps] = []
    with pytest.raises(CorruptError, match=entry.partition):
        got.extend(read.batches(10))
    assert len(numbers(got)) == 60
    assert len(list((tmp_path / "cache").glob("*.arrow"))) == 1, "nothing was made of it"


def test_files_are_made_once_and_made_again(proved: Dataset, tmp_path: Path) -> None:
    first = training_steps(proved, contract(), tmp_path).settled()
    made = {source.file: source.file.stat().st_ino for source in first.sources}
    again = training_steps(proved, contract(), tmp_path).settled()
    assert {source.file: source.file.stat().st_ino for source in again.sources} == made
    assert {path.suffix for path in tmp_path.iterdir()} == {".arrow", ".json"}
    note = first.sources[0].file.with_suffix(".json")
    note.write_text("{}")
    with pytest.raises(CorruptError, match="delete it"):
        training_steps(proved, contract(), tmp_path).settled()
    note.unlink()
    assert training_steps(proved, contract(), tmp_path).settled().sources == first.sources


def test_only_the_contract_it_was_proved_under_says_what_a_step_is(
    proved: Dataset, tmp_path: Path
) -> None:
    other = contract(first_day="2024-01-02")
    with pytest.raises(DatasetRefused, match="was proved under the contract"):
        training_steps(proved, other, tmp_path)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"rows": 0}, "at least 1"),
        ({"rank": 2, "world": 2}, "worker 2 of 2"),
        ({"rank": -1}, "worker -1"),
        ({"epoch": -1}, "from 0"),
        ({"seed": -1}, "from 0"),
        ({"position": -1}, "from 0"),
    ],
)
def test_numbers_that_say_nothing_are_refused(
    steps: TrainingSteps, how: dict[str, int], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        next(steps.batches(**{"rows": 10, **how}))


def put(name: str, values: list[Any]) -> pa.Table:
    table = day(0, 3)
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (put("level", [1, None, 2]), "'level' is empty"),
        (put("level", [1, (1 << 24) + 1, 2]), "16777217 is no float32"),
        (put("reward", [1, -(1 << 40), 2]), "is no float32"),
        (put("action", [0.5, 1, 2]), "actions are numbered"),
        (put("truncated", [0, 2, 1]), "write 0 or 1"),
        (put("level", ["a", "b", "c"]), "numbers are needed"),
    ],
)
def test_rows_that_are_no_steps_are_refused(table: pa.Table, said: str) -> None:
    with pytest.raises(InputError, match=f"(?s)i/1.*{said}"):
        list(step_batches(RULE, iter(table.to_batches()), "i/1"))


@given(st.lists(st.integers(0, 200), max_size=6))
def test_pieces_of_whatever_length_make_the_same_steps(cuts: list[int]) -> None:
    table = day(0, 200)
    edges = [0, *sorted(cuts), 200]
    pieces = [b for a, z in pairwise(edges) for b in table[a:z].to_batches()]
    (found,) = step_batches(RULE, iter(pieces), "i/1")
    assert found == next(iter(step_batches(RULE, iter(table.to_batches()), "i/1")))


def test_a_partition_without_rows_has_no_steps(tmp_path: Path) -> None:
    from karat.dataset.mapped_steps import MappedSteps
    from karat.dataset.step_cache import make

    pq.write_table(day(0, 3).slice(0, 0), tmp_path / "none.parquet")
    made = make(tmp_path / "c" / "none.arrow", RULE, lambda: tmp_path / "none.parquet", "i/1")
    assert made.steps == batch_count(made.steps, 10) == 0
    assert [len(block) for block in MappedSteps(tmp_path / "c" / "none.arrow").blocks] == [0]
    pq.write_table(day(0, 3).drop_columns(["action"]), tmp_path / "none.parquet")
    with pytest.raises(InputError, match="no column 'action'"):
        make(tmp_path / "c" / "b.arrow", RULE, lambda: tmp_path / "none.parquet", "i/1")


def test_few_files_stay_mapped_and_none_is_hashed_again(
    copied: TrainingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.dataset.step_reading.KEPT", 1)
    assert numbers(copied.batches()) == numbers(copied.batches()) == list(range(TOTAL))
    damage(copied.sources[0].file, keep_time=True)
    assert len(numbers(copied.batches())) == TOTAL
    os.utime(copied.sources[0].file)
    with pytest.raises(CorruptError, match="damaged"):
        list(copied.batches())


def test_an_empty_file_is_refused(copied: TrainingSteps) -> None:
    copied.sources[0].file.write_bytes(b"")
    with pytest.raises(CorruptError, match=copied.partitions[0]):
        next(copied.batches())
