"""What is signed: an in-toto Statement v1, which says something of bytes named by SHA-256.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from karat.errors import CorruptError

TYPE = "https://in-toto.io/Statement/v1"


def statement(kind: str, subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
    """Return what `kind` (such as ``verdict:1``) says of `subjects` (name: SHA-256) as JSON.

    Keys are sorted: equal statements have equal bytes, and there is one spelling of each.
    """
    body = {
        "_type": TYPE,
        "subject": [{"name": n, "digest": {"sha256": d}} for n, d in sorted(subjects.items())],
        "predicateType": f"urn:karat:{kind}",
        "predicate": predicate,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def read_statement(kind: str, data: bytes, what: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the subjects and the predicate of a statement; an inverse of `statement`.

    Raises CorruptError naming `what` when the bytes are none, or one of another kind.
    """
    try:
        body = json.loads(data)
        subjects = {one["name"]: str(one["digest"]["sha256"]) for one in body["subject"]}
        predicate = dict(body["predicate"])
        same = statement(kind, subjects, predicate) == data
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptError(f"{what} cannot be read: {error!r}") from error
    if not same:
        raise CorruptError(f"{what} is not a statement of urn:karat:{kind}")
    return subjects, predicate
