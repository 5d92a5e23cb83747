"""Columns of a contract against what its rules take: told at the line, and before data is read."""

from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
import yaml

from karat.contracts import Contract, measures, parse_contract
from karat.contracts.distance_rules import CELL_KINDS, KINDS, OF
from karat.contracts.values import ColumnType
from karat.errors import ContractError, InputError
from karat.golden import manifest_of
from karat.verdicts.table_sample import TableSample, judge_table

TYPES = ("string", "bool", "double", "int64", "int8")
ROWS = 200
BODY: dict[str, Any] = {
    "dataset": "mine",
    "first_day": "2024-01-01",
    "columns": {"at": {"type": "int64", "unit": "ns"}}
    | {kind: {"type": kind, "unit": "x"} for kind in TYPES},
    "locator": "at",
}


def table(seed: int) -> pa.Table:
    drawn = np.random.default_rng(seed).integers(0, 5, ROWS)
    columns = {kind: pa.array(drawn).cast(pa.type_for_alias(kind)) for kind in TYPES[2:]}
    texts = pa.array([f"v{one}" for one in drawn])
    return pa.table({"at": np.arange(ROWS), "string": texts, "bool": drawn > 2, **columns})


def parsed(**parts: Any) -> Contract:
    return parse_contract(yaml.safe_dump(BODY | parts), "rules.yaml")


def with_distance(**rule: Any) -> Contract:
    unpaired = {"alpha": "0.05", "distances": [{"name": "d", **rule}]}
    return parsed(families={"unpaired": "gate"}, unpaired=unpaired)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column", TYPES)
def test_what_a_contract_may_measure_can_be_measured(kind: str, column: str) -> None:
    """Of each kind on each type: refused with its line, or golden days and a day are measured."""
    for of in OF if kind != "variance_ratio" else ["value"]:
        floats = kind in CELL_KINDS and kind != "wasserstein" and of == "value"
        if column == "string" or (column == "double" and not floats):
            why = rf"unpaired\.distances\.0\.column: column '{column}' is {column}; {kind} of {of}"
            with pytest.raises(ContractError, match=rf"^rules\.yaml:\d+: {why} takes"):
                with_distance(kind=kind, column=column, of=of)
            continue
        contract = with_distance(kind=kind, column=column, of=of)
        days = [TableSample(str(n), table(n)) for n in range(4)]
        golden = manifest_of(contract, days[:3], [])
        assert judge_table(contract, days[3], golden)


@pytest.mark.parametrize("kind", ["ks", "psi", "mann_whitney"])
def test_floats_are_measured_as_they_are_and_not_by_their_steps(kind: str) -> None:
    assert with_distance(kind=kind, column="double")
    for of in OF[1:]:
        with pytest.raises(ContractError, match="takes whole numbers"):
            with_distance(kind=kind, column="double", of=of)


@pytest.mark.parametrize("left", TYPES)
@pytest.mark.parametrize("right", [0, *TYPES])
def test_what_may_be_compared_can_be(left: str, right: str | int) -> None:
    rule = {"name": "r", "left": left, "op": "<", "right": right}
    parts = {"families": {"invariants": "gate"}, "invariants": [rule]}
    mixed = right != 0 and [left, right].count("double") == 1
    if "string" in {left, right} or mixed:
        with pytest.raises(ContractError, match=r"^rules\.yaml:\d+: invariants\.0\.(left|right): "):
            parsed(**parts)
        return
    (measure,) = measures(parsed(**parts))
    assert measure.observe(table(1)).checked == ROWS


def test_blocks_are_of_a_clock_of_whole_numbers() -> None:
    distances = [{"name": "d", "column": "int64"}]
    for kind in TYPES:
        unpaired = {
            "alpha": "0.05",
            "blocks": {"time": kind, "width_ns": 60},
            "distances": distances,
        }
        if kind in {"string", "double"}:
            with pytest.raises(ContractError, match=r"unpaired\.blocks\.time: column .* whole num"):
                parsed(families={"unpaired": "gate"}, unpaired=unpaired)
        else:
            assert parsed(families={"unpaired": "gate"}, unpaired=unpaired)


def test_every_type_a_column_may_have_is_tried_here() -> None:
    assert {*TYPES, "int16", "int32"} == set(get_args(ColumnType))
    with pytest.raises(InputError):
        parsed(columns={"at": {"type": "timestamp[ns]", "unit": "ns"}})


def test_a_date_that_no_calendar_has_is_told_with_its_line() -> None:
    text = yaml.safe_dump(BODY | {"families": {}}, sort_keys=False).replace("01-01", "13-45")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "13-45" in one)
    text = text.replace("'2024-13-45'", "2024-13-45")
    with pytest.raises(ContractError, match=rf"^rules\.yaml:{line}: .*month must be in 1\.\.12"):
        parse_contract(text, "rules.yaml")
