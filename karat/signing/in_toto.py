"""What is signed: an in-toto Statement v1, which says something of bytes named by SHA-256.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from karat.errors import CorruptError
from karat.signing.envelope import may_hold

TYPE = "https://in-toto.io/Statement/v1"
_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""JSON of one spelling; a thousand subjects are put together around it, which is quicker."""


def statement(kind: str, subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
    """Return what `kind` (such as ``verdict:1``) says of `subjects` (name: SHA-256) as JSON.

    Keys are sorted: equal statements have equal bytes, and there is one spelling of each.
    """
    listed = ",".join([_subject(name, named) for name, named in sorted(subjects.items())])
    told = f'"predicate":{_text(predicate)},"predicateType":{_quoted(f"urn:karat:{kind}")}'
    return f'{{"_type":"{TYPE}",{told},"subject":[{listed}]}}'.encode()


def speaks_of(data: bytes, name: str, digest: str) -> bool:
    """Return whether a statement has this subject, without reading the others.

    For statements whose predicate has no object that is spelled as a subject is.

    >>> speaks_of(statement("it:1", {"a": "1", "b": "2"}, {}), "a", "2")
    False
    """
    return _subject(name, digest).encode() in data


def may_speak_of(envelope: bytes, name: str, digest: str) -> bool:
    """Return False where what an envelope holds has no such subject, whoever signed it."""
    return may_hold(envelope, _subject(name, digest).encode())


def _subject(name: str, digest: str) -> str:
    return f'{{"digest":{{"sha256":{_quoted(digest)}}},"name":{_quoted(name)}}}'


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
