"""Every key of a contract: misspelt, of another type, of a value it cannot have, or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from karat.contracts import Contract, parse_contract
from karat.errors import ContractError
from tests.unit.whole_contract import TEXT

NAMED_FREELY = {("columns",), ("rows",), ("families",), ("runs", "tenants")}
Place = tuple[str | int, ...]


def keys(node: Any, place: Place = ()) -> Iterator[tuple[Place, Any, Any]]:
    """Yield the place, the node and the value's node of every key."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key, value
            yield from keys(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for at, inner in enumerate(node.value):
            yield from keys(inner, (*place, at))


ALL = list(keys(yaml.compose(TEXT, Loader=yaml.SafeLoader)))
FIXED = [one for one in ALL if one[0][:-1] not in NAMED_FREELY]
SINGLE = [one for one in FIXED if isinstance(one[2], yaml.ScalarNode)]


def shape(place: Place) -> str:
    """Return a place without its numbers and free names, once for all of its sort."""
    plain = ["*" if isinstance(part, int) else part for part in place]
    if plain[0] in ("columns", "rows") and len(plain) > 1:
        plain[1] = "*"
    return ".".join(plain)


def sorts(found: list[Any]) -> list[Any]:
    first = {shape(place): (place, key, value) for place, key, value in reversed(found)}
    return [pytest.param(*one, id=name) for name, one in sorted(first.items())]


def edited(node: Any, text: str) -> str:
    return TEXT[: node.start_mark.index] + text + TEXT[node.end_mark.index :]


def told(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ContractError) as error:
        parse_contract(text, "rules.yaml")
    found = [re.fullmatch(r"rules\.yaml:(\d+): (.*)", one) for one in str(error.value).splitlines()]
    return [(int(one[1]), one[2]) for one in found if one]


def properties(schema: dict[str, Any], place: Any, path: str = "") -> Iterator[str]:
    """Yield every key that the model knows, by its place."""
    for option in [place, *place.get("anyOf", ())]:
        if "$ref" in option:
            yield from properties(schema, schema["$defs"][option["$ref"].split("/")[-1]], path)
        for name, inner in option.get("properties", {}).items():
            yield f"{path}{name}"
            yield from properties(schema, inner, f"{path}{name}.")
        for part in ("items", "additionalProperties"):
            if isinstance(option.get(part), dict):
                yield from properties(schema, option[part], f"{path}*.")


def test_no_key_of_the_model_is_left_out_here() -> None:
    schema = Contract.model_json_schema(by_alias=True)
    known = {re.sub(r"(^rows\.\*)\.\*", r"\1.*", name) for name in properties(schema, schema)}
    assert known == {shape(place) for place, _, _ in FIXED}
    assert parse_contract(TEXT, "f").ruled() == ["invariants", "sequence", "paired", "unpaired"]


@pytest.mark.parametrize(("place", "key", "value"), sorts(FIXED))
def test_a_misspelt_key_is_told_with_the_nearest(place: Place, key: Any, value: Any) -> None:
    assert value is not None
    name = str(place[-1])
    line = key.start_mark.line + 1
    wrong = [why for at, why in told(edited(key, name + "q")) if at == line]
    near = [why for why in wrong if why.startswith(".".join(map(str, place)) + "q: unknown key; ")]
    assert len(near) == 1, wrong
    assert f"did you mean '{name}'?" in near[0] or (len(name) < 3 and "one of " in near[0])


@pytest.mark.parametrize("other", ["[[1]]", "null"])
@pytest.mark.parametrize(("place", "key", "value"), sorts(SINGLE))
def test_a_value_of_another_type_is_told_where_it_is(
    place: Place, key: Any, value: Any, other: str
) -> None:
    may_be_none = {"rows", "above", "below", "same_as", "cells", "tolerance", "bins", "floor"}
    if other == "null" and place[-1] in may_be_none:
        return
    found = told(edited(value, other))
    where = ".".join(map(str, place))
    assert any(at == key.start_mark.line + 1 and why.startswith(where) for at, why in found), found


WRONG = {
    "dataset": ["Quotes", '""', '"1a"'],
    "type": ["int9", "int"],
    "days": ["sundays", "7"],
    "hours": ["-1", "0.5", "99999", "six"],
    "op": ['"=>"', "is"],
    "order": ["falling"],
    "severity": ["info", "true"],
    "allowance": ["-1"],
    "width": ["0", "65"],
    "gaps": ["-1", "1.5"],
    "each": ["trade"],
    "alpha": ["0", "1", "-0.1", "x"],
    "min_coverage": ["1.01", "x", "1/0"],
    "golden_suspect": ["-0.1", "2"],
    "differing": ["3/2"],
    "strata": ["daily"],
    "width_ns": ["0", "-1"],
    "cuts": ["0"],
    "of": ["differences"],
    "over": ["0"],
    "digits": ["0", "19"],
    "lags": ["0"],
    "steps": ["1"],
    "cells": ["0"],
    "bins": ["0", "0.5"],
    "floor": ["0", "1", "x"],
    "quantile": ["0", "1", "x"],
    "tolerance": ["0", "1"],
    "min_rows": ["0"],
    "min_compared": ["0"],
    "has": ["-1", "9223372036854775808"],
    "above": ["0.5", "9223372036854775808"],
    "first_day": ["soon", "20240"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_is_told_where_it_is(name: str) -> None:
    places = [one for one in SINGLE if one[0][-1] == name]
    assert places
    for place, key, value in places[:2]:
        for other in WRONG[name]:
            found = told(edited(value, other))
            where = ".".join(map(str, place))
            lines = [at for at, why in found if why.startswith(where)]
            assert lines == [key.start_mark.line + 1] * len(lines) != [], (other, found)
