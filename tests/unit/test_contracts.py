"""Contracts: what they may say, and where an error is."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import (
    Condition,
    Contract,
    Measure,
    load_contract,
    parse_contract,
    select,
)
from karat.errors import ContractError
from karat.messages import BOOK_EVENTS
from karat.states import Invariant

EXAMPLE = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def test_the_example_is_of_the_table_we_rebuild() -> None:
    contract = load_contract(EXAMPLE)
    kinds = {field.name: str(field.type) for field in BOOK_EVENTS}
    nullable = {field.name for field in BOOK_EVENTS if field.nullable}
    assert {name: spec.type for name, spec in contract.columns.items()} == kinds
    assert {name for name, spec in contract.columns.items() if spec.nullable} == nullable
    shipped = Path(load_contract.__code__.co_filename).parent / "examples" / "book_events.yaml"
    assert load_contract(shipped).digest == contract.digest


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("min_compared", "min_compard", "unknown key; did you mean 'min_compared'?"),
        ("first_day", "first_dya", "unknown key; did you mean 'first_day'?"),
        (
            "locator: sequence",
            "locator: sequense",
            "no column 'sequense'; did you mean 'sequence'?",
        ),
        ("{column: kind, is: [3]}", "{column: knd, is: [3]}", "did you mean 'kind'?"),
        ("left: best_bid_ticks", "left: best_bid_tick", "did you mean 'best_bid_ticks'?"),
        ("right: best_ask_ticks", "right: ask", "no column 'ask'; one of sequence, previous"),
        ("rows: whole}", "rows: wole}", "no rows 'wole'; did you mean 'whole'?"),
        ("rows: live_deltas\n", "rows: deltas\n", "no rows 'deltas'; did you mean 'live_deltas'?"),
        ("  id: sequence\n", "  id: seq\n", "there is no column 'seq'"),
        ("previous: previous_sequence", "previous: previous", "did you mean 'previous_sequence'?"),
        ("fields: [best_bid_ticks", "fields: [best_bid", "there is no column 'best_bid'"),
        ("    rows: trades\n", "    rows: trade\n", "no rows 'trade'; did you mean 'trades'?"),
        ("    id: sequence\n", "    id: seq\n", "there is no column 'seq'"),
        ("fields: [price_ticks", "fields: [price_tick", "did you mean 'price_ticks'?"),
        ("side, event_time_ns]", "side]", "at least 4 items"),
        ("min_compared: 100", "min_compared: 0", "greater than or equal to 1"),
        ('differing: "0" ', "differing: 1.5 ", "a share lies between 0 and 1"),
        ("differing:", "diferring:", "unknown key; did you mean 'differing'?"),
        ("column: spread_ticks, rows", "column: spread, rows", "mean 'spread_ticks'?"),
        (
            "rows: trades, tolerance",
            "rows: trade, tolerance",
            "no rows 'trade'; did you mean 'trades'?",
        ),
        ('op: "<"', 'op: "<<"', "Input should be '<'"),
        ("type: int8, unit: 1 bid", "type: int9, unit: 1 bid", "Input should be 'int8'"),
        ("locator: sequence", "locator: price", "there is no column 'price'; did you mean"),
        ("min_compared: 500", "min_compared: 0", "greater than or equal to 1"),
        ('min_coverage: "0.95"', "min_coverage: 1.5", "a share lies between 0 and 1"),
        ('golden_suspect: "0.003"', "golden_suspect: few", "write a share between 0 and 1"),
        ('alpha: "0.05"', "alpha: 0", "above 0 and below 1"),
        ('alpha: "0.05"', "alpha: 1", "above 0 and below 1"),
        ("{column: flags, has: 1}]", "{column: flags}]", "exactly one of is, has, has_not, above"),
        ("column: kind, is: [3]", "column: kind, is: []", "exactly one of is, has, has_not, above"),
        ("has_not: 2}", "has_not: 2, is: [1]}", "exactly one of is, has, has_not, above"),
        ("has_not: 2}", "above: 2, below: 1}", "exactly one of is, has, has_not, above"),
        ("width: 7 ", "width: 0 ", "greater than or equal to 1"),
        ("changes: [price_ticks]", "changes: [price]", "there is no column 'price'"),
        ("rows: with_size\n", "rows: sizes\n", "no rows 'sizes'; one of"),
        ("order: not_falling, rows: live}", "order: falling, rows: live}", "'not_falling' or"),
        ("order: not_falling, rows: live}", "order: rising, rows: lives}", "mean 'live'?"),
        ("name: trades have a size", "name: copies of the day before", "is kept for another rule"),
        ("rows: live}", "rows: live, severity: info}", "Input should be 'gate' or 'warn'"),
        ("same_as: best_bid_ticks", "same_as: best_bid", "there is no column 'best_bid'"),
        ("size_lots, above: 0", "size_lots, above: 0.5", "valid integer"),
        ("has_not: 2}", "has_not: -2}", "greater than or equal to 0"),
        ("prices are positive", "trades have a size", "'trades have a size' is taken"),
        ("name: bid size", "name: spread", "the name 'spread' is taken"),
        ("paired: gate, unpaired", "unpaired", "say gate or warn for 'paired'"),
        ("column: spread_ticks, rows", "column: spread_ticks, cells: 0, rows", "equal to 1"),
        ("gaps: 0", "gaps: -1", "greater than or equal to 0"),
        ("dataset: book_events", "dataset: Book", "String should match"),
        ("first_day: 2024-01-01", "first_day: soon", "date"),
        ("right: 0, rows", "right: 0.5, rows", "valid integer"),
        ("locator: sequence", "locator: sequence\nlocator: kind", "'locator' is here twice"),
        ("  sequence: {type", "  1: {type", "key '1': write it as text"),
        ("unit: ticks, nullable", "unit: ticks, unit: lots, nullable", "'unit' is here twice"),
    ],
)
def test_an_error_names_line_and_remedy(old: str, new: str, why: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    line = next(n for n, (a, b) in enumerate(pairs(text), 1) if a != b)
    with pytest.raises(ContractError) as error:
        parse_contract(text, "rules.yaml")
    told = str(error.value).splitlines()
    assert any(why in one for one in told), told
    lines = [int(re.match(r"rules\.yaml:(\d+): ", one)[1]) for one in told]  # type: ignore[index]
    # a second line of the same change: the key after a repeated one, or the section it lacks
    assert {line, line + 1} & set(lines), told


def pairs(text: str) -> list[tuple[str, str]]:
    return list(zip(TEXT.splitlines(), text.splitlines(), strict=False))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ":1: a contract is a mapping"),
        ("- a", ":1: a contract is a mapping"),
        ("a: [", ":1: not YAML"),
        ("a: 1\nb: *c", ":2: not YAML"),
        ("a: \x01", "not YAML"),
        (TEXT.replace("2024-01-01", "2024-13-45"), "not YAML: month must be in 1..12"),
        (TEXT.replace("dataset: book_events", ""), "dataset: Field required"),
        ("? [a]\n: 1", "not YAML"),
        ("1: a", "key '1': write it as text"),
    ],
)
def test_what_is_no_contract(text: str, why: str) -> None:
    with pytest.raises(ContractError) as error:
        parse_contract(text, "rules.yaml")
    assert why in str(error.value)
    assert "rules.yaml" in str(error.value)


@pytest.mark.parametrize("make", [lambda p: p, lambda p: p.mkdir() or p], ids=["absent", "folder"])
def test_a_file_that_cannot_be_read(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(ContractError, match=r"rules\.yaml: cannot be read"):
        load_contract(make(tmp_path / "rules.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContractError, match=r"bytes\.yaml: cannot be read"):
        load_contract(tmp_path / "bytes.yaml")


def test_what_is_counted_in_must_be_whole_numbers() -> None:
    text = TEXT.replace("kind: {type: int8", "kind: {type: double")
    with pytest.raises(ContractError) as error:
        parse_contract(text, "f")
    told = [one.split(": ")[1] for one in str(error.value).splitlines()]
    assert {"rows.trades.0.column", "rows.live_deltas.0.column", "sequence.kind"} < set(told)
    others = set(told) - {"sequence.kind"}
    assert all(place.startswith("rows.") and place.endswith(".column") for place in others)


def test_a_gate_needs_a_rule() -> None:
    text = TEXT[: TEXT.index("# One score")].replace("unpaired: warn", "unpaired: gate")
    with pytest.raises(ContractError, match=r"families\.unpaired: a gate without a rule"):
        parse_contract(text, "f")
    warned = text.replace("unpaired: gate", "unpaired: warn")
    assert parse_contract(warned, "f").ruled() == ["invariants", "sequence", "paired"]
    nothing = warned.replace(": gate", ": warn")
    with pytest.raises(ContractError, match="nothing could be proved"):
        parse_contract(nothing, "f")


def test_the_digest_is_of_what_is_said() -> None:
    values = yaml.safe_load(TEXT)
    turned = {name: values[name] for name in reversed(values)}
    turned["columns"] = dict(reversed(values["columns"].items()))
    text = "# another\n" + yaml.safe_dump(turned, sort_keys=False)
    assert parse_contract(text, "f").digest == parse_contract(TEXT, "g").digest
    bare = TEXT.replace('min_coverage: "0.95"', "min_coverage: 0.95")
    assert parse_contract(bare, "f").digest == parse_contract(TEXT, "g").digest


def leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, inner in items for leaf in leaves(inner, (*place, key))]
    return [(place, value)]


def replaced(value: Any, place: tuple[Any, ...], leaf: Any) -> Any:
    if not place:
        return leaf
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], leaf)
    return copy


def test_each_value_is_in_the_digest() -> None:
    """Put another value of its kind in every place; each contract that loads is another one."""
    values = yaml.safe_load(TEXT)
    others = {"gate": "warn", "<": "<=", "int64": "int32", "0.05": "0.1", "0": "0.5"}
    seen = {load_contract(EXAMPLE).digest}
    tried = 0
    for place, leaf in leaves(values):
        other = others.get(leaf, f"{leaf}x") if isinstance(leaf, str) else leaf
        if isinstance(leaf, bool):
            other = not leaf
        elif isinstance(leaf, int):
            other = leaf + 4
        if isinstance(leaf, str) and leaf in values["columns"]:
            other = "event_time_ns"
        if place[-1] == "unit":
            continue
        try:
            changed = Contract.model_validate(replaced(values, place, other))
        except ValueError:
            continue
        if other != leaf:
            tried += 1
            assert changed.digest not in seen, place
            seen.add(changed.digest)
    assert tried > 60


TABLE = pa.table(
    {
        "kind": pa.array([k for k, _ in product([0, 1, 2, 3, None], range(-1, 8))], pa.int8()),
        "flags": pa.array([f for _, f in product(range(5), [*range(-1, 7), None])], pa.int16()),
    }
)
CONDITIONS = st.builds(
    lambda column, what: Condition.model_validate({"column": column, **what}),
    st.sampled_from(["kind", "flags"]),
    st.one_of(
        st.fixed_dictionaries({"is": st.lists(st.integers(-2, 8), min_size=1)}),
        st.fixed_dictionaries({"has": st.integers(1, 9)}),
        st.fixed_dictionaries({"has_not": st.integers(1, 9)}),
        st.fixed_dictionaries({"above": st.integers(-2, 8)}),
        st.fixed_dictionaries({"below": st.integers(-2, 8)}),
        st.fixed_dictionaries({"same_as": st.sampled_from(["kind", "flags"])}),
    ),
)


def meets(row: dict[str, int | None], condition: Condition) -> bool:
    value = row[condition.column]
    if value is None:
        return False
    if condition.is_:
        return value in condition.is_
    if condition.above is not None:
        return value > condition.above
    if condition.below is not None:
        return value < condition.below
    if condition.same_as is not None:
        return value == row[condition.same_as]
    return bool(value & condition.has) if condition.has else not value & condition.has_not


def test_the_name_of_a_state_holds_every_column_a_condition_looks_at() -> None:
    same = Condition.model_validate({"column": "kind", "same_as": "flags"})
    measure = Measure("invariants", "x", Invariant("<"), ("a", 1, "b"), (same,))
    assert measure.reads() == ["a", "b", "kind", "flags"]
    digests = {name: f"{at:064x}" for at, name in enumerate(measure.reads())}
    key = measure.state_key(digests)
    for name in digests:
        assert measure.state_key(digests | {name: "f" * 64}) != key
    for says in ({"above": 0}, {"above": 1}, {"below": 0}, {"same_as": "a"}, {"is": [0]}):
        other = Condition.model_validate({"column": "kind", **says})
        assert replace(measure, rows=(other,)).state_key(digests) != key


def test_a_condition_of_the_first_keys_is_named_as_ever() -> None:
    """States kept before a key was added to karat are found again."""
    condition = Condition.model_validate({"column": "flags", "has": 1})
    assert condition.text() == '{"column":"flags","is":[],"has":1,"has_not":0}'


@given(st.lists(CONDITIONS, max_size=3))
def test_rows_are_chosen_as_said(conditions: list[Condition]) -> None:
    wanted = [row for row in TABLE.to_pylist() if all(meets(row, c) for c in conditions)]
    assert select(TABLE, tuple(conditions)).to_pylist() == wanted


def test_a_changed_copy_has_a_name_of_its_own() -> None:
    first = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
    before = first.digest  # held from here on
    assert first.model_copy(update={"paired": None}).digest != before
    assert first.model_copy().digest == first.digest == before
