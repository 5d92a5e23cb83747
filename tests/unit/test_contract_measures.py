"""What contracts ask to be measured, of which rows, by which names; and how they are kept."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from numpy.random import default_rng

from karat.contracts import COPIES, Contract, load_contract, measures, observed, parse_contract
from karat.errors import ContractError
from karat.states import BookSteps, EpisodeLinks, Invariant, NGramSketch, Ordering, Sequence
from tests.unit.whole_contract import TEXT

SHIPPED = sorted((Path(__file__).parents[2] / "contracts").glob("*.yaml"))
CONTRACT = parse_contract(TEXT, "f")


def table(seed: int, rows: int) -> pa.Table:
    rng = default_rng(seed)
    columns = {
        name: pa.array(rng.integers(0, 12, rows), mask=rng.random(rows) < 0.1 * (name == "price"))
        for name in CONTRACT.columns
    }
    columns |= {"id": pa.array(np.arange(rows)), "kind": pa.array(rng.integers(0, 6, rows))}
    return pa.table(columns)


def other(path: str, value: Any) -> Contract:
    """Return the contract with one thing said otherwise; a path is of keys and numbers."""
    values = yaml.safe_load(TEXT)
    *parts, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place = values
    for part in parts:
        place = place[part]
    place[last] = value
    return Contract.model_validate(values)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_contract_outlives_being_written(path: Path) -> None:
    contract = load_contract(path)
    for said in ({"exclude_defaults": True}, {"exclude_unset": True}, {}):
        body = contract.model_dump(mode="json", by_alias=True, **said)  # type: ignore[arg-type]
        again = Contract.model_validate(body)
        assert again == contract
        assert again.digest == contract.digest
        text = yaml.safe_dump(body, sort_keys=False)
        assert parse_contract(text, "f").digest == contract.digest
    assert Contract.model_validate_json(contract.model_dump_json(by_alias=True)) == contract


def test_what_rules_nothing_is_not_in_the_digest() -> None:
    for path, value in {
        "columns.id.unit": "another",
        "calendar": {"days": "every_day"},
        "freshness.hours": 90,
        "paired.min_coverage": "9/10",
        "unpaired.alpha": "5e-2",
        "copies.allowance": " 1/100 ",
    }.items():
        assert other(path, value).digest == CONTRACT.digest, path
    for path, value in {"paired.min_coverage": "0.91", "book.severity": "warn"}.items():
        assert other(path, value).digest != CONTRACT.digest, path


def test_every_rule_is_measured_on_its_own_columns_and_rows() -> None:
    first, early, order, book, whole, linked, copies, sequence = measures(CONTRACT)
    deltas, large = CONTRACT.rows["deltas"], CONTRACT.rows["large"]
    assert (first.statistic, first.columns) == (Invariant("<"), ("bid", "ask", "id"))
    assert (order.statistic, order.columns) == (Ordering(rising=False), ("time", "id"))
    assert (first.rows, order.rows) == (deltas, deltas)
    levels = "kind", "side", "price", "size", "bid", "bid_lots", "ask", "ask_lots", "id"
    assert (book.statistic, book.columns, book.rows) == (BookSteps(), levels, ())
    assert (copies.name, copies.columns, copies.rows) == (COPIES, ("kind", "price"), large)
    assert (copies.statistic, copies.present) == (NGramSketch(6, 64, changes=1), True)
    assert (sequence.family, sequence.columns) == ("sequence", ("kind", "id", "id"))
    assert sequence.statistic == Sequence()
    assert (early.statistic, early.columns) == (Invariant("=="), ("bid", "bid_lots", "id"))
    assert whole.columns == ("id", "kind", "kind", "side", "bid_lots", "id")
    assert linked.statistic == EpisodeLinks(1)
    rules = first, early, order, book, whole, linked, copies
    assert {one.family for one in rules} == {"invariants"}
    assert len({one.name for one in measures(CONTRACT)}) == 8


@pytest.mark.parametrize(
    "path", ["invariants.0.severity", "ordering.0.severity", "book.severity", "copies.severity"]
)
def test_severity_and_allowance_change_no_measure(path: str) -> None:
    now = "gate" if path.startswith(("ordering", "copies")) else "warn"
    for changed in (path, path.replace("severity", "allowance")):
        value = now if changed == path else ("0.5" if "copies" in path else 9)
        assert measures(other(changed, value)) == measures(CONTRACT)
        assert other(changed, value).digest != CONTRACT.digest


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("invariants.0.left", "bid_lots", 0), ("invariants.0.right", 7, 0),
        ("invariants.0.op", "<=", 0), ("ordering.0.column", "size", 2),
        ("ordering.0.order", "rising", 2), ("ordering.0.rows", "large", 2),
        ("book.best_bid", "ask", 3), ("book.price", "size", 3), ("copies.columns", ["side"], 6),
        ("copies.changes", [], 6), ("copies.width", 7, 6), ("copies.size", 65, 6),
        ("sequence.previous", "time", 7), ("locator", "time", 3), ("rows.large.0.above", 4, 6),
    ],
)  # fmt: skip
def test_what_is_measured_is_in_the_name_of_the_state(path: str, value: Any, at: int) -> None:
    """And in no other's, but that all rules of rows name their offenders by the locator."""
    digests = {name: f"{n:064x}" for n, name in enumerate(CONTRACT.columns)}
    was, now = ([m.state_key(digests) for m in measures(c)] for c in (CONTRACT, other(path, value)))
    assert was[at] != now[at]
    if path != "locator":
        assert [a for n, a in enumerate(was) if n != at] == [
            b for n, b in enumerate(now) if n != at
        ]


@pytest.mark.parametrize("rows", [0, 1, 5, 300])
def test_a_measure_reads_no_column_but_those_it_names(rows: int) -> None:
    whole = table(rows, rows)
    asked = measures(CONTRACT)
    states = list(observed(whole, asked))
    for one, state in zip(asked, states, strict=True):
        assert one.observe(whole.select(one.reads())) == state
        with pytest.raises(KeyError):
            one.observe(whole.drop_columns(one.reads()[0]))
    at = [0, rows // 3, rows // 2, rows]
    for one, state in zip(asked, states, strict=True):
        parts = [one.observe(whole.slice(a, b - a)) for a, b in pairwise(at)]
        merged = one.statistic.merge(one.statistic.merge(parts[0], parts[1]), parts[2])
        assert one.statistic.encode(merged) == one.statistic.encode(state)


def test_an_order_is_judged_on_the_rows_chosen_alone() -> None:
    times, kinds = [1, 9, 2, 8, 3], [2, 0, 2, 0, 2]
    rows = {name: [0] * 5 for name in CONTRACT.columns} | {"time": times, "kind": kinds}
    rows |= {"id": [10, 11, 12, 13, 14], "side": [1] * 5}
    order = measures(CONTRACT)[2]
    assert (order.observe(pa.table(rows)).checked, order.observe(pa.table(rows)).violations) == (
        3,
        0,
    )
    all_rows = measures(other("ordering.0.rows", None))[2].observe(pa.table(rows))
    assert (all_rows.checked, all_rows.violations, all_rows.first) == (5, 2, 12)


def test_errors_of_several_parts_are_all_told_with_their_lines() -> None:
    text = TEXT.replace("locator: id", "locator: idd").replace("previous: id", "previous: ids")
    with pytest.raises(ContractError) as error:
        parse_contract(text.replace("rows: large\n  width", "rows: larg\n  width"), "rules.yaml")
    lines = str(error.value).splitlines()
    assert len(lines) == 3
    for word in ("locator: there is no column 'idd'", "copies.rows: there are no rows 'larg'"):
        assert any(word in line for line in lines)
    assert json.dumps(lines).count("did you mean") == 3
