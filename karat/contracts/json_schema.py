"""The JSON Schema of a contract: what editors and other tools check one by."""

from __future__ import annotations

import json
from typing import Any

from karat.contracts.model import Contract

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def contract_schema() -> dict[str, Any]:
    """Return the schema of one contract, in draft 2020-12.

    It says which keys there are and of which types. That names of columns and rows are known, and
    that families fit their rules, only `karat contract check` tells.
    """
    return {"$schema": DRAFT, **Contract.model_json_schema(by_alias=True)}


def schema_text() -> str:
    """Return the schema as text, the same for the same karat."""
    return json.dumps(contract_schema(), indent=1, sort_keys=True) + "\n"
