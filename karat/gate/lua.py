"""The gate without a service, for small set-ups: a script that lakeFS runs before a merge."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from karat.contracts import Contract
from karat.errors import InputError


def script() -> str:
    """Return the script's text."""
    return (files("karat.gate") / "gate_main.lua").read_text()


def lua_action(contracts: Sequence[Contract]) -> bytes:
    """Return the action file that has lakeFS run the script for the datasets of `contracts`.

    It holds each contract's digest: install it again when a contract changes. InputError for none.
    """
    if not contracts:
        raise InputError("the gate needs contracts, one for each dataset: name their files")
    import yaml

    datasets = {contract.dataset: contract.digest for contract in contracts}
    hook = {
        "id": "verdict",
        "type": "lua",
        "properties": {"args": {"datasets": datasets}, "script": script()},
    }
    action = {"name": "gate-main", "on": {"pre-merge": {"branches": ["main"]}}, "hooks": [hook]}
    return yaml.safe_dump(action, sort_keys=False).encode()
