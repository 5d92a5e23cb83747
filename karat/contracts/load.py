"""Contracts out of YAML files; every error names the file, the line and, where it can, a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from karat.contracts.consistency import Fault, Inconsistent, nearest
from karat.contracts.model import Contract
from karat.errors import ContractError


def load_contract(path: str | Path) -> Contract:
    """Return the contract in a YAML file.

    Raises ContractError with file and line for text that is not YAML, an unknown or missing key,
    a wrong type, or a name that nothing has.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{file}: cannot be read as text ({error})") from error
    return parse_contract(text, str(file))


def parse_contract(text: str, source: str) -> Contract:
    """Return the contract in YAML `text`; errors name `source`, as in `load_contract`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(f"{source}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:  # a character that YAML forbids: PyYAML names no line
        raise ContractError(f"{source}: not YAML: {error}") from error
    except ValueError as error:
        raise ContractError(f"{source}{_unread(node)}: not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ContractError(f"{source}:1: a contract is a mapping that begins with `dataset:`")
    if wrong := "\n".join(f"{source}:{line}: {why}" for line, why in _bad_keys(node)):
        raise ContractError(wrong)
    try:
        return Contract.model_validate(values)
    except ValidationError as error:
        raise ContractError(_message(error, node, source)) from error


def _unread(node: Any) -> str:
    """Return the place, as `:line`, of the first value such as a date that no calendar has."""
    if isinstance(node, yaml.CollectionNode):
        inner = (one for item in node.value for one in (item if type(item) is tuple else [item]))
        return next(filter(None, map(_unread, inner)), "")
    try:
        yaml.constructor.SafeConstructor().construct_document(node)
    except ValueError:
        return f":{node.start_mark.line + 1}"
    return ""


def _bad_keys(node: Any) -> Iterator[tuple[int, str]]:
    """Yield line and reason of each key that is no text, or that YAML would let the last of win."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if key.tag not in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}:
                yield line, f"key {name!r}: write it as text, in quotes"
            elif name in seen:
                yield line, f"key {name!r} is here twice; say it once"
            seen.add(name)
            yield from _bad_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _bad_keys(item)


def _message(error: ValidationError, node: Any, source: str) -> str:
    lines = []
    for place, why in _faults(error):
        where = ".".join(map(str, place)) or "the contract"
        lines.append(f"{source}:{_line(node, place)}: {where}: {why}")
    return "\n".join(lines)


def _faults(error: ValidationError) -> Iterator[Fault]:
    for fault in error.errors():
        place, why = fault["loc"], fault["msg"].removeprefix("Value error, ")
        inside = fault.get("ctx", {}).get("error")
        if isinstance(inside, Inconsistent):
            yield from inside.faults
        elif fault["type"] == "extra_forbidden":
            yield place, f"unknown key; {nearest(str(place[-1]), _keys(Contract, place[:-1]))}"
        else:
            yield place, why


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand at `loc`, found by walking the JSON Schema."""
    schema = model.model_json_schema(by_alias=True)
    place: dict[str, Any] = schema
    for part in loc:
        place = _step(schema, place, part)
    return list(_resolved(schema, place).get("properties", {}))


def _step(schema: dict[str, Any], place: dict[str, Any], part: int | str) -> dict[str, Any]:
    found = _resolved(schema, place)
    if isinstance(part, int):
        inner = found.get("items", {})
    else:
        inner = found.get("properties", {}).get(part) or found.get("additionalProperties", {})
    return inner if isinstance(inner, dict) else {}


def _resolved(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    options = [o for o in place.get("anyOf", []) if o.get("type") != "null"]
    place = options[0] if options else place
    if "$ref" in place:
        found: dict[str, Any] = schema["$defs"][place["$ref"].rsplit("/", 1)[-1]]
        return found
    return place


def _line(node: Any, loc: tuple[int | str, ...]) -> int:
    """Return the 1-based line of the deepest part of `loc` that stands in the text."""
    for part in loc:
        entries = node.value if isinstance(node, yaml.CollectionNode) else []
        if isinstance(part, int):
            inner = entries[part] if part < len(entries) else None
        else:
            pairs = [pair for pair in entries if isinstance(pair, tuple)]
            found = [(key, value) for key, value in pairs if key.value == str(part)]
            if found and part == loc[-1]:
                return int(found[0][0].start_mark.line) + 1
            inner = found[0][1] if found else None
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1
