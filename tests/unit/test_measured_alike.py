"""What is measured comes out the same: whoever measures, in whatever order, however often."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import open_lake
from karat.compute import Reading, Serial, Threads, partition_content, state_of, table_content
from karat.contracts import (
    Condition,
    Contract,
    Measure,
    load_contract,
    measures,
    parse_contract,
    select,
)
from karat.errors import ContractError, InputError
from karat.golden import GoldenManifest, distance_measures, manifest_of
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.messages import BOOK_EVENTS
from karat.store import MemoryStore
from karat.verdicts.table_sample import TableSample

TEXT = (Path(__file__).parents[2] / "contracts" / "book_events.yaml").read_text()
CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")


def events(seed: int, rows: int = 400) -> pa.Table:
    """Return made-up book events: any value a column may hold, nulls where they may be."""
    rng = np.random.default_rng(seed)
    columns = {}
    for field in BOOK_EVENTS:
        values = rng.integers(1, 30, rows)
        if field.name in ("kind", "side", "flags"):
            values = rng.integers(0, 6, rows)
        if field.name in ("sequence", "previous_sequence"):
            values = np.arange(rows) - (field.name == "previous_sequence")
        gaps = rng.random(rows) < 0.1 * field.nullable
        columns[field.name] = pa.array(values, field.type, mask=gaps)
    return pa.table(columns, schema=BOOK_EVENTS)


@pytest.fixture
def lake() -> Lake:
    return open_lake("memory:")


def put(lake: Lake, table: pa.Table, path: str) -> str:
    sink = BytesIO()
    pq.write_table(table, sink)
    append(lake, MAIN, {path: sink.getvalue()}, message="Put")
    return path


def manifest(contract: Contract = CONTRACT, days: int = 2) -> GoldenManifest:
    reference, *calibration = (TableSample(f"a/{n}", events(n, 2_000)) for n in range(days))
    return manifest_of(contract, [reference], calibration)


def everything(golden: GoldenManifest) -> list[Measure]:
    return [*measures(CONTRACT), *distance_measures(golden.usable(CONTRACT), CONTRACT)]


def test_measures_stand_in_the_order_of_the_contract() -> None:
    alone = measures(CONTRACT)
    assert CONTRACT.unpaired is not None
    names = [rule.name for rule in CONTRACT.invariants]
    assert [m.name for m in alone if m.family == "invariants"][: len(names)] == names
    found = distance_measures(manifest().usable(CONTRACT), CONTRACT)
    wanted = [rule.name for rule in CONTRACT.unpaired.distances]
    assert [m.name for m in found if m.family == "unpaired"] == wanted
    tolerated = [rule.name for rule in CONTRACT.unpaired.distances if rule.tolerance]
    assert [m.name for m in found if m.family == "effective"] == tolerated


def test_every_measure_has_a_name_of_its_own() -> None:
    digests = {name: f"{at:064x}" for at, name in enumerate(CONTRACT.columns)}
    found = everything(manifest())
    keys = [measure.state_key(digests) for measure in found]
    assert len(set(keys)) == len(keys)
    for measure, key in zip(found, keys, strict=True):
        # The columns that are read are in the name, and no others.
        for column in digests:
            changed = measure.state_key(digests | {column: "f" * 64}) != key
            assert changed == (column in measure.reads())
        assert replace(measure, name="told otherwise").state_key(digests) == key


def test_threads_find_what_one_after_the_other_finds(lake: Lake) -> None:
    found = everything(manifest())
    paths = [put(lake, events(n, 50 * n), f"book_events/sim-spot-a/{n}.parquet") for n in range(7)]

    def states(store: MemoryStore, path: str) -> list[bytes]:
        reading = Reading(lake, lake.head(MAIN), path)
        content = partition_content(reading, store)
        encode = [(m, state_of(m, content, reading, store)) for m in found]
        return [measure.statistic.encode(state) for measure, state in encode]

    runs: list[Any] = []
    for compute in (Serial(), Threads(1), Threads(5)):
        store = MemoryStore()
        runs.append(list(compute.map(partial(states, store), paths)))
        again = list(compute.map(partial(states, store), paths[::-1]))
        assert again == runs[-1][::-1]
    assert all(a == b for a, b in pairwise(runs))


@pytest.mark.parametrize("count", [0, -1])
def test_no_threads_are_no_work(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} items at once"):
        Threads(count)


def test_a_state_is_that_of_a_loop_over_the_chosen_rows() -> None:
    table = events(3)
    rows = table.to_pylist()
    whole = [row for row in rows if row["flags"] & 1]
    pairs = [(row["best_bid_ticks"], row["best_ask_ticks"]) for row in whole]
    there = [(bid, ask) for bid, ask in pairs if bid is not None and ask is not None]
    crossed, *_ = measures(CONTRACT)
    state = crossed.observe(table)
    assert state.checked == len(there)
    assert state.violations == sum(bid >= ask for bid, ask in there) > 0
    live = [r["spread_ticks"] for r in rows if r["kind"] == 2 and r["flags"] & 3 == 1]
    spread = manifest().usable(CONTRACT)["spread"].measure()
    counts = spread.observe(table)
    assert (counts.nulls, counts.rows) == (0, len(live) - live.count(None))


@pytest.mark.parametrize("says", [{"has": 1}, {"has_not": 1}, {"is": [0, 1]}], ids=str)
def test_a_row_without_the_value_is_chosen_by_no_condition(says: dict[str, Any]) -> None:
    table = pa.table({"x": pa.array([0, 1, None, 2], pa.int8())})
    chosen = select(table, (Condition.model_validate({"column": "x", **says}),))
    assert None not in chosen["x"].to_pylist()


@pytest.mark.parametrize("right", [2**63, -(2**63) - 1, 10**30])
def test_a_constant_no_row_can_hold_is_told_with_its_line(right: int) -> None:
    line = next(n for n, text in enumerate(TEXT.splitlines(), 1) if "not negative" in text)
    wrong = TEXT.replace('op: ">=", right: 0', f'op: ">=", right: {right}')
    with pytest.raises(ContractError, match=rf"own:{line}: invariants\.1\.right"):
        parse_contract(wrong, "own")
    least = TEXT.replace('op: ">=", right: 0', f'op: ">=", right: {-(2**63)}')
    rule: Measure = measures(parse_contract(least, "own"))[1]
    assert rule.observe(events(1)).violations == 0


def test_a_manifest_is_the_same_however_it_was_gathered() -> None:
    first = manifest()
    for seed in range(3):
        values = CONTRACT.model_dump(by_alias=True, mode="json")
        Random(seed).shuffle(values["unpaired"]["distances"])  # noqa: S311 - the same on every run
        again = manifest(Contract.model_validate(values))
        assert (again.encode(), again.digest) == (first.encode(), first.digest)
        assert again.cell_files() == first.cell_files()
    read = GoldenManifest.decode(first.encode(), first.cell_files())
    assert read.encode() == first.encode()
    assert replace(first, calibration=first.reference).digest != first.digest


def test_names_with_commas_do_not_meet_in_the_store(lake: Lake) -> None:
    table = pa.table({"a": [1, 2], "b": [3, 4], "a,b": [5, 6], "*": [7, 8]})
    reading = Reading(lake, "", put(lake, table, "own/x/1.parquet"))
    reading.commit = lake.head(MAIN)
    store = MemoryStore()
    for chosen in (["a", "b"], ["a,b"], ["*"], None):
        content = partition_content(reading, store, chosen)
        assert list(content.columns) == (chosen or table.schema.names)
        assert partition_content(reading, store, chosen) == content


def test_a_null_among_a_dictionarys_values_is_counted() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array([7, None]))
    plain = pa.array([7, None, 7])
    assert table_content(pa.table({"x": coded})) == table_content(pa.table({"x": plain}))
    assert table_content(pa.table({"x": coded})).nulls == {"x": 1}


def test_a_contract_of_the_same_words_measures_the_same() -> None:
    again = Contract.model_validate(CONTRACT.model_dump(by_alias=True))
    assert measures(again) == measures(CONTRACT)
    assert again.digest == CONTRACT.digest
