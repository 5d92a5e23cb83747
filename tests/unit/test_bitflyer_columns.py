"""bitFlyer's day files with one column of another type or with one value that cannot be."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError
from karat.messages.bitflyer import EXECUTIONS, SOURCE, bitflyer_day, hours

I64, TEXT = pa.int64(), pa.string()
GOOD: dict[str, tuple[list[Any], Any]] = {
    "id": ([3, 1, 2], I64),
    "exec_ms": ([5, None, 9], I64),
    "loaded_ms": ([20, 21, 22], I64),
    "side": (["BUY", None, "SELL"], TEXT),
    "price_e8": ([100, 200, 50], I64),
    "size_e8": ([0, 7, 8], I64),
}


def written(path: Path, **other: tuple[list[Any], Any]) -> Path:
    columns = {name: pa.array(*told) for name, told in (GOOD | other).items()}
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("name", [name for name in SOURCE if name != "side"])
@pytest.mark.parametrize(
    "told",
    [(["1", "2", "3"], TEXT), ([1.5, 2.5, 3.5], pa.float64()), ([1, 2, 3], pa.timestamp("ms")),
     ([True, False, None], pa.bool_()), ([None] * 3, pa.null()), ([2**63, 1, 2], pa.uint64())],
    ids=["text", "floats", "times", "flags", "nothing", "unsigned"],
)  # fmt: skip
def test_a_column_of_another_type_is_named(tmp_path: Path, name: str, told: Any) -> None:
    path = written(tmp_path / "day.parquet", **{name: told})
    with pytest.raises(InputError, match=rf"day\.parquet: column '{name}' .*(needs|does not fit)"):
        bitflyer_day(path)


@pytest.mark.parametrize("told", [([1, 2, 3], I64), ([None] * 3, pa.null())])
def test_sides_are_text(tmp_path: Path, told: Any) -> None:
    path = written(tmp_path / "day.parquet", side=told)
    with pytest.raises(InputError, match=r"column 'side' is .*needs text"):
        bitflyer_day(path)


@pytest.mark.parametrize("name", ["id", "loaded_ms", "price_e8", "size_e8"])
def test_a_null_where_none_may_be_is_named(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "day.parquet", **{name: ([1, None, 3], I64)})
    with pytest.raises(InputError, match=f"column '{name}' is null in row 2"):
        bitflyer_day(path)


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("price_e8", [0, 200, 50], "id 3: price is not positive"),
        ("price_e8", [100, -(2**63), 50], "id 1: price is not positive"),
        ("price_e8", [100, 1, 2 * 10**9], "id 2: price jumps a billionfold"),
        ("size_e8", [1, 2, -3], "id 2: size is negative"),
    ],
)
def test_a_value_that_cannot_be_is_named(
    tmp_path: Path, name: str, values: list[int], why: str
) -> None:
    path = written(tmp_path / "day.parquet", **{name: (values, I64)})
    with pytest.raises(InputError, match=why):
        bitflyer_day(path)


@pytest.mark.parametrize("kind", [TEXT, pa.large_string(), pa.dictionary(pa.int8(), TEXT)])
@pytest.mark.parametrize("whole", [pa.int32(), pa.int64(), pa.uint64()])
def test_layouts_that_hold_the_same_give_the_same(tmp_path: Path, kind: Any, whole: Any) -> None:
    plain = bitflyer_day(written(tmp_path / "plain.parquet"))
    others = {name: (GOOD[name][0], whole) for name in ("id", "exec_ms", "size_e8")}
    side = pa.array(GOOD["side"][0], TEXT)
    coded = side.dictionary_encode() if pa.types.is_dictionary(kind) else side.cast(kind)
    other = bitflyer_day(written(tmp_path / "day.parquet", **others, side=(coded, None)))
    assert other.equals(plain)
    assert plain.schema == EXECUTIONS


def test_rows_of_no_time_take_that_of_the_row_before_by_id(tmp_path: Path) -> None:
    table = bitflyer_day(written(tmp_path / "day.parquet"))
    assert table["id"].to_pylist() == [1, 2, 3]
    assert table["time_ms"].to_pylist() == [9, 9, 5]
    assert table["wait_ms"].to_pylist() == [None, None, -4]
    assert table["return_e8"].to_pylist() == [None, -75_000_000, 10**8]
    assert sum(part.num_rows for part in hours(table).values()) == 3


def test_a_day_of_nobody_has_no_rows_and_no_hours(tmp_path: Path) -> None:
    empty: dict[str, tuple[list[Any], Any]] = {name: ([], kind) for name, (_, kind) in GOOD.items()}
    table = bitflyer_day(written(tmp_path / "day.parquet", **empty))
    assert table.equals(EXECUTIONS.empty_table())
    assert dict(hours(table)) == {}
    assert np.array_equal(table["price_e8"].to_numpy(), [])
