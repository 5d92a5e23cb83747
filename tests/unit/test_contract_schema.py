"""The published JSON Schema: current, and no stricter than what karat loads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from karat.contracts import Contract
from karat.contracts.json_schema import contract_schema, schema_text

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "contract.schema.json"
EXAMPLES = sorted((ROOT / "contracts").glob("*.yaml"))
SHIPPED = ROOT / "contracts" / "book_events.yaml"
VALIDATOR = jsonschema.Draft202012Validator(contract_schema())
Karat = Callable[..., Any]


def plain(values: Any) -> Any:
    return json.loads(json.dumps(values, default=str))


def faults(values: Any) -> list[str]:
    return [fault.message for fault in VALIDATOR.iter_errors(plain(values))]


def test_the_published_schema_is_current() -> None:
    jsonschema.Draft202012Validator.check_schema(contract_schema())
    told = "run: karat contract schema > docs/contract.schema.json"
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), told


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_fits(file: Path) -> None:
    values = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert faults(values) == []
    assert faults(Contract.model_validate(values).model_dump(mode="json", by_alias=True)) == []


def leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [place, *(leaf for key, inner in items for leaf in leaves(inner, (*place, key)))]
    return [place]


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], new)
    return copy


OTHERS = ["x", "0.5", 0.25, 7, -1, None, [], {}, "1/20", " 0.1", "gate", "2024-03-01"]


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_what_loads_fits(other: Any) -> None:
    """Put it in every place of an example: the schema refuses nothing that karat takes."""
    values = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for place in leaves(values):
        changed = replaced(values, place, other)
        try:
            Contract.model_validate(changed)
        except ValueError:
            continue
        assert faults(changed) == [], place
    assert faults(replaced(values, ("columns",), other))


@pytest.mark.parametrize("place", [(), ("unpaired",), ("invariants", 0), ("columns", "kind")])
def test_an_unknown_key_does_not_fit(place: tuple[Any, ...]) -> None:
    values = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    inner = values
    for part in place:
        inner = inner[part]
    assert any("odd" in why for why in faults(replaced(values, place, inner | {"odd": 1})))


def test_the_commands(karat: Karat, tmp_path: Path) -> None:
    assert json.loads(karat("contract", "schema").out) == contract_schema()
    answer = karat("contract", "check", str(SHIPPED), "--json")
    assert answer.code == 0
    assert answer.json["dataset"] == "book_events"
    assert answer.json["families"]["invariants"] == "gate"
    digest = answer.json["digest"]
    assert digest[:12] in karat("contract", "check", str(SHIPPED)).out
    text = SHIPPED.read_text(encoding="utf-8")
    line = text.splitlines().index("locator: sequence") + 1
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("locator: sequence", "locator: sequense"), encoding="utf-8")
    answer = karat("contract", "check", str(wrong))
    assert answer.code == 2
    assert f"wrong.yaml:{line}: locator" in answer.err
    assert "did you mean 'sequence'?" in answer.err
