"""Golden days: the quantile against its definition, and the manifest against tampering."""

import json
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import Contract, DistanceRule
from karat.digest import bytes_digest
from karat.distances import ks
from karat.errors import CorruptError, InputError
from karat.golden import GoldenManifest, calibrate, manifest_of, needed_days, quantile, score
from karat.golden.cells import counted, points_of, without
from karat.states import ReferenceCounts
from karat.verdicts.table_sample import TableSample

ALPHAS = [Fraction(text) for text in ("0.05", "0.1", "1/3", "0.01", "0.5", "0.3", "0.07", "0.99")]
DISTANCES: list[dict[str, Any]] = [
    {"name": "value", "column": "x", "cells": 8, "tolerance": "0.2"},
    {"name": "every value", "column": "x", "cells": None},
    {"name": "move", "column": "x", "of": "movement", "over": 2},
    {"name": "step", "column": "time", "of": "change", "tolerance": "0.2"},
    {"name": "digit", "kind": "total_variation", "column": "x", "of": "last_digits"},
    {"name": "atom", "kind": "atom", "column": "x"},
    {"name": "memory", "kind": "acf", "column": "x", "of": "movement", "lags": 3},
    {"name": "pull", "kind": "variance_ratio", "column": "x", "steps": 4},
]


def contract(distances: Iterable[dict[str, Any]] = DISTANCES, **unpaired: Any) -> Contract:
    blocks = {"time": "time", "width_ns": 10}
    unpaired = {"alpha": "0.2", "distances": list(distances), "blocks": blocks} | unpaired
    columns = {name: {"type": "int64", "unit": name, "nullable": True} for name in ("x", "time")}
    body = {"dataset": "walk", "first_day": "2024-01-01", "locator": "time", "columns": columns}
    return Contract.model_validate({**body, "families": {"unpaired": "gate"}, "unpaired": unpaired})


def day(seed: int, rows: int = 400) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table({
        "x": pa.array(rng.integers(-9, 10, rows).cumsum(), mask=rng.random(rows) < 0.1),
        "time": rng.integers(0, 5, rows).cumsum(),
    })  # fmt: skip


def samples(first: int, count: int) -> list[TableSample]:
    return [TableSample(f"i/{n}", day(n)) for n in range(first, first + count)]


def manifest() -> GoldenManifest:
    return manifest_of(contract(), samples(0, 3), samples(3, 4))


def false_alarms(days: int, alpha: Fraction) -> Fraction | None:
    """Return how often one of `days` + 1 exchangeable scores is above the quantile of the rest."""
    above = 0
    for last in range(days + 1):
        q = quantile([Fraction(s) for s in range(days + 1) if s != last], alpha)
        if q is None:
            return None
        above += last > q
    return Fraction(above, days + 1)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_needed_days_are_the_fewest_with_a_quantile(alpha: Fraction) -> None:
    known = [days for days in range(120) if false_alarms(days, alpha) is not None]
    assert known == list(range(needed_days(alpha), 120))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_false_alarms_are_at_most_alpha_and_no_rarer_than_need_be(alpha: Fraction) -> None:
    for days in range(needed_days(alpha), 60):
        share = false_alarms(days, alpha)
        assert share is not None
        assert alpha - Fraction(1, days + 1) < share <= alpha


def test_every_order_of_scores_gives_one_quantile() -> None:
    scores = [Fraction(n, 7) for n in (3, 1, 3, 2)]
    assert {quantile(list(order), Fraction(1, 4)) for order in permutations(scores)} == {
        Fraction(3, 7)
    }
    assert quantile([], Fraction(1, 2)) is None
    assert quantile(scores[:2], Fraction(1, 4)) is None


def test_ties_raise_no_more_alarms() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for draw in rng.integers(0, 4, (4000, 20)):
        *calibration, trial = [Fraction(int(one)) for one in draw]
        limit = quantile(calibration, Fraction(1, 20))
        assert limit is not None
        alarms += trial > limit
    assert alarms <= 0.05 * 4000


def test_scales_and_scores() -> None:
    assert calibrate([Fraction(1, 9), Fraction(1, 3), Fraction(1, 5)], 100) == Fraction(1, 5)
    assert calibrate([Fraction(0), Fraction(0)], 100) == Fraction(1, 100)
    assert calibrate([], 100) == calibrate([], 0) == 1
    assert calibrate([Fraction(1, 2)], 0) == 1
    scales = {"a": Fraction(1, 10), "b": Fraction(1, 2)}
    assert score({"a": Fraction(1, 5), "b": Fraction(1, 4)}, scales) == 2
    assert score({}, scales) == 0


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.lists(st.integers(-6, 6), max_size=30), max_size=4), st.integers(1, 5))
def test_cells_of_many_days_certify_what_all_of_them_say(days: list[list[int]], cells: int) -> None:
    """Thinned a day at a time, bounds still hold the exact distance; few values stay exact."""
    columns = [np.array(values, np.int64) for values in days]
    empty = points_of(iter(columns), cells)
    assert empty.points.size <= cells
    assert not empty.golden.any()
    golden = counted(empty, [empty.observe(column) for column in columns])
    whole = np.concatenate([*columns, np.empty(0, np.int64)])
    assert golden.rows == whole.size
    exact = ReferenceCounts.from_golden(whole, None)
    if exact.points.size <= cells:
        assert np.array_equal(golden.points, exact.points)
    ours = np.array([-3, 0, 0, 5])
    coarse, true = ks(golden, golden.observe(ours)), ks(exact, exact.observe(ours))
    assert coarse.lower <= true.lower <= coarse.upper or not whole.size
    assert points_of(columns, None).points.tolist() == exact.points.tolist()
    for column in columns:
        state = golden.observe(column)
        assert without(golden, state).rows == golden.rows - column.size


def test_scales_are_medians_of_days_left_out() -> None:
    made = manifest().strata[""]["every value"]
    rows = [table.table["x"].drop_null().to_numpy() for table in samples(0, 3)]
    for at, left in enumerate(made.left_out):
        others = ReferenceCounts.from_golden(np.concatenate(rows[:at] + rows[at + 1 :]), None)
        assert ks(others, others.observe(rows[at])).lower == left
    assert made.scale == sorted(made.left_out)[1]


@pytest.mark.parametrize("rule", DISTANCES, ids=lambda rule: str(rule["name"]))
def test_a_calibration_day_is_as_far_as_its_state_says(rule: dict[str, Any]) -> None:
    made = manifest()
    one = made.strata[""][rule["name"]]
    for told, sample in zip(made.calibration, samples(3, 4), strict=True):
        distance = one.distance(one.measure().observe(sample.table))
        low, high = told.distances[rule["name"]]
        if one.every:
            assert distance.lower <= low <= high <= distance.upper
            one = replace(one, golden=ReferenceCounts.from_bytes(one.every))
            distance = one.distance(one.measure().observe(sample.table))
        assert (low, high) == (distance.lower, distance.upper)
    assert one.scale > 0


def test_rows_that_depend_are_worth_fewer() -> None:
    made = manifest().strata[""]["value"]
    assert made.effective_rows is not None
    assert 0 < made.effective_rows < sum(sample.rows for sample in samples(0, 3)) / 2


def test_strata_are_compared_with_their_like_and_groups_by_their_worst() -> None:
    def hour(n: int, stratum: str, group: str) -> TableSample:
        return TableSample(f"i/{n}", day(n), stratum, group)

    reference = [hour(n, "ab"[n % 2], f"r{n // 2}") for n in range(4)]
    calibration = [hour(n, "ab"[n % 2], f"c{n // 2}") for n in range(4, 10)]
    made = manifest_of(contract(), reference, calibration)
    assert set(made.strata) == {"a", "b"}
    alone = manifest_of(contract(), reference[::2], calibration[::2])
    assert made.strata["a"] == alone.strata["a"]
    scores = made.scores(["value", "atom"])
    assert len(scores) == 3
    worst = [max(pair, key=lambda bounds: bounds[0]) for pair in zip(
        alone.scores(["value", "atom"]),
        manifest_of(contract(), reference[1::2], calibration[1::2]).scores(["value", "atom"]),
        strict=True,
    )]  # fmt: skip
    assert [low for low, _ in scores] == [low for low, _ in worst]
    with pytest.raises(InputError, match="i/50: no reference day of stratum 'c'"):
        manifest_of(contract(), reference, [hour(50, "c", "x")])


def test_golden_days_that_cannot_be() -> None:
    with pytest.raises(InputError, match="i/0 and i/0 are one name"):
        manifest_of(contract(), samples(0, 1), samples(0, 1))
    twin = TableSample("j/0", day(0))
    with pytest.raises(InputError, match="i/0 and j/0 are one content"):
        manifest_of(contract(), samples(0, 1), [twin])
    with pytest.raises(InputError, match="at least one reference day"):
        manifest_of(contract(), [], samples(0, 1))
    bare = TableSample("i/9", day(9).slice(0, 0))
    for reference, calibration in ((samples(0, 2), [bare]), ([*samples(0, 2), bare], [])):
        with pytest.raises(InputError, match="i/9 has no rows to measure 'value' on"):
            manifest_of(contract(), reference, calibration)


def test_a_rule_that_asks_for_something_else_finds_no_yardstick() -> None:
    made = manifest()
    asked = [rule for rule in DISTANCES if rule["name"] != "atom"]
    asked[0] = asked[0] | {"tolerance": "0.9", "min_rows": 7}
    asked[1] = asked[1] | {"column": "time"}
    found = made.usable(contract(asked))
    assert list(found) == ["value", "move", "step", "digit", "memory", "pull"]
    assert found["value"].rule.tolerance == "0.9"
    assert made.usable(contract(), "Mon") == {}


def test_a_manifest_comes_back() -> None:
    made = manifest()
    files = made.cell_files()
    back = GoldenManifest.decode(made.encode(), files)
    assert back == made
    assert back.digest == made.digest == bytes_digest(made.encode())
    assert GoldenManifest.cell_names(made.encode()) == sorted(files)
    assert all(name == bytes_digest(data) for name, data in files.items())
    assert DistanceRule.model_validate(DISTANCES[0]) == back.strata[""]["value"].rule


def test_every_part_of_a_manifest_is_in_its_digest() -> None:
    body = json.loads(manifest().encode())
    for part in body:
        other = body | {part: body[part] * 2 if isinstance(body[part], list | str | int) else {}}
        assert bytes_digest((json.dumps(other, indent=1, sort_keys=True) + "\n").encode()) != (
            manifest().digest
        )


def damaged() -> list[bytes]:
    data = manifest().encode()
    body = json.loads(data)
    texts = [{k: v for k, v in body.items() if k != part} for part in body]
    texts += [body | {"version": 1}, body | {"strata": 5}, body | {"reference": [{}]}]
    for key, wrong in (("scale", "one"), ("scale", "1/0"), ("rule", {}), ("left_out", 3)):
        strata = {"": {"value": body["strata"][""]["value"] | {key: wrong}}}
        texts.append(body | {"strata": strata})
    return [b"", b"{", b"[]", b"\xff", data[:-9], *(json.dumps(text).encode() for text in texts)]


@pytest.mark.parametrize("data", damaged())
def test_what_is_no_manifest_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match="golden manifest"):
        GoldenManifest.decode(data, manifest().cell_files())


def test_edited_cells_are_corrupt() -> None:
    made = manifest()
    for name, data in made.cell_files().items():
        files = made.cell_files() | {name: data[:-1] + bytes([data[-1] ^ 1])}
        with pytest.raises(CorruptError, match=f"golden cells {name[:12]}"):
            GoldenManifest.decode(made.encode(), files)
