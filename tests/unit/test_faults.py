from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from karat.errors import CorruptError, InputError, LakeUnusable, ObjectNotFound
from karat.simulation import (
    Faulted,
    Place,
    corrected,
    lost_deltas,
    seal,
    side_flip,
    simulate,
    stale_book,
    unseal,
)

FAULTS = pytest.mark.parametrize("fault", [lost_deltas, side_flip, stale_book])
NAMES = pytest.mark.parametrize("name", ["sim-usdm-btcusdt", "sim-spot-btcusdt"])
PLACE = Place("side_flip", 5, 9, 100, 210, 2, (5, 9))


@cache
def raw(name: str) -> pa.Table:
    return next(simulate(name, [dt.date(2024, 1, 1)], seed=5, messages_per_day=2_000)).raw


def messages(table: pa.Table) -> dict[int, Any]:
    return {row["line"]: json.loads(row["payload"]) for row in table.to_pylist()}


def able(table: pa.Table) -> list[int]:
    rows = [row for row in table.to_pylist() if row["stream"] == "depth"]
    return [row["line"] for row in rows[-(-len(rows) // 10) : -1]]


def touched(before: pa.Table, fault: Faulted) -> list[int]:
    old, new = messages(before), messages(fault.raw)
    return [line for line in old if old[line] != new.get(line)]


@FAULTS
@NAMES
@pytest.mark.parametrize("severity", [1e-6, 0.03, 0.5, 1.0])
def test_a_fault_touches_exactly_the_share_asked(fault: Any, name: str, severity: float) -> None:
    spoiled, lines = fault(raw(name), severity, 3), able(raw(name))
    hit = touched(raw(name), spoiled)
    assert tuple(hit) == spoiled.place.lines
    assert len(hit) == spoiled.place.count == max(1, round(severity * len(lines)))
    assert set(hit) <= set(lines)
    old = messages(raw(name))
    assert (spoiled.place.first_line, spoiled.place.last_line) == (hit[0], hit[-1])
    assert spoiled.place.first_update_id == old[hit[0]]["data"]["U"]
    assert spoiled.place.last_update_id == old[hit[-1]]["data"]["u"]
    assert spoiled.raw.schema.equals(raw(name).schema, check_metadata=True)


@FAULTS
def test_a_fault_follows_from_its_seed(fault: Any) -> None:
    table = raw("sim-usdm-btcusdt")
    assert fault(table, 0.02, 1).raw.equals(fault(table, 0.02, 1).raw)
    assert fault(table, 0.02, 1).place != fault(table, 0.02, 2).place


@NAMES
def test_lost_deltas_are_gone_and_nothing_else(name: str) -> None:
    spoiled = lost_deltas(raw(name), 0.1, 1)
    old, new = messages(raw(name)), messages(spoiled.raw)
    assert new == {line: old[line] for line in old if line not in spoiled.place.lines}


@NAMES
def test_flipped_sides_change_places(name: str) -> None:
    spoiled = side_flip(raw(name), 0.1, 1)
    old, new = messages(raw(name)), messages(spoiled.raw)
    for line in spoiled.place.lines:
        was, now = old[line]["data"], new[line]["data"]
        assert (now["b"], now["a"]) == (was["a"], was["b"])
        assert list(now) == list(was)
        assert (now["U"], now["u"]) == (was["U"], was["u"])


@NAMES
def test_a_stale_book_is_one_stretch_that_keeps_its_ids(name: str) -> None:
    spoiled = stale_book(raw(name), 0.1, 1)
    old, new, lines = messages(raw(name)), messages(spoiled.raw), able(raw(name))
    begin = lines.index(spoiled.place.first_line)
    assert tuple(lines[begin : begin + spoiled.place.count]) == spoiled.place.lines
    for line in spoiled.place.lines:
        assert new[line]["data"] == {**old[line]["data"], "b": [], "a": []}


@FAULTS
@pytest.mark.parametrize("severity", [0.0, -0.1, 1.01, float("nan")])
def test_a_severity_that_is_no_share_is_told(fault: Any, severity: float) -> None:
    with pytest.raises(InputError, match="severity"):
        fault(raw("sim-usdm-btcusdt"), severity, 1)


@FAULTS
def test_a_table_without_depth_is_told(fault: Any) -> None:
    with pytest.raises(InputError, match="no depth message"):
        fault(raw("sim-usdm-btcusdt").slice(0, 0), 0.5, 1)


def test_a_sealed_place_comes_back(tmp_path: Path) -> None:
    assert unseal(seal(tmp_path / "deep" / "place.json", PLACE)) == PLACE
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["place.json"]


@pytest.mark.parametrize("change", ["", "{}", "[]", '{"place": 1, "digest": "x"}'])
def test_a_file_that_is_no_place_is_corrupt(tmp_path: Path, change: str) -> None:
    (tmp_path / "p").write_text(change)
    with pytest.raises(CorruptError, match="seal it again"):
        unseal(tmp_path / "p")


def test_a_changed_place_is_corrupt(tmp_path: Path) -> None:
    path = seal(tmp_path / "p", PLACE)
    path.write_text(path.read_text().replace("210", "211"))
    with pytest.raises(CorruptError, match="was changed"):
        unseal(path)


def test_a_missing_or_unwritable_seal_is_told(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound, match="no sealed place"):
        unseal(tmp_path / "none")
    with pytest.raises(LakeUnusable, match="cannot read"):
        unseal(tmp_path)
    (tmp_path / "f").write_text("x")
    with pytest.raises(LakeUnusable, match="cannot write"):
        seal(tmp_path / "f" / "p", PLACE)


@pytest.mark.parametrize("spoil", [lost_deltas, side_flip, stale_book])
@pytest.mark.parametrize("column", ["line", "stream", "payload"])
def test_a_fault_names_the_column_it_lacks(spoil: Any, column: str) -> None:
    with pytest.raises(InputError, match=f"no column '{column}'"):
        spoil(raw("sim-usdm-btcusdt").drop_columns([column]), 0.5, 1)


def test_a_restatement_needs_a_receive_clock() -> None:
    with pytest.raises(InputError, match="no column 'recv_ts_ns'"):
        corrected(raw("sim-usdm-btcusdt").drop_columns(["recv_ts_ns"]))
