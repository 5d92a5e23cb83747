"""Records as JSON text that carries a digest of itself, so that an edited one is noticed.

The seal guards against accidents and idle edits: whoever can write the ledger can compute it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from karat.digest import digest
from karat.errors import CorruptError

SEAL = "seal"


def sealed_text(domain: str, body: Mapping[str, Any]) -> bytes:
    """Return `body` as JSON with sorted keys and its seal; equal bodies have equal bytes."""
    seal = digest(domain, json.dumps(body, sort_keys=True))
    return (json.dumps({**body, SEAL: seal}, indent=1, sort_keys=True) + "\n").encode()


def unsealed(domain: str, data: bytes, what: str) -> dict[str, Any]:
    """Return the body of a sealed text; CorruptError naming `what` when it was edited."""
    try:
        body = json.loads(data)
        body.pop(SEAL)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(f"{what} cannot be read: {error}") from error
    if sealed_text(domain, body) != data:
        raise CorruptError(f"{what} is not what its seal says: it was edited")
    return dict(body)
