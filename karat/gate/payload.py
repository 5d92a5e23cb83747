"""What lakeFS posts before a merge, checked; anything else is no question for the gate."""

from __future__ import annotations

import json
from typing import Any

from karat.errors import InputError
from karat.gate.asked import Asked
from karat.lake.layout import MAIN

EVENT = "pre-merge"
HOOK, HEADER = "/hooks/pre-merge", "x-karat-gate-token"
"""Where the service is asked, and the header that the secret is shown in."""
NEEDED = ("event_type", "repository_id", "branch_id", "source_ref", "commit_id")
LONGEST = 1 << 20
"""A commit message may be long; no question is longer than this, in bytes."""


def parsed(data: bytes, repository: str = "") -> Asked:
    """Return what is asked; InputError for what is no question about main of `repository`.

    With "" for the repository, that of any is taken. Keys that are not known are left alone.
    """
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise InputError("the body is no JSON object")
    texts = {key: _text(body, key) for key in NEEDED}
    expected = {"event_type": EVENT, "branch_id": MAIN}
    if repository:
        expected["repository_id"] = repository
    for key, said in expected.items():
        if texts[key] != said:
            raise InputError(f"{key} is {texts[key][:64]!r}: this gate answers for {said!r} only")
    return Asked(texts["commit_id"], texts["source_ref"], _metadata(body))


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"{key} is missing, or no text")
    return _whole(value, key)


def _metadata(body: dict[str, Any]) -> dict[str, str]:
    found = body.get("commit_metadata", {})
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise InputError("commit_metadata is no object of texts")
    return {_whole(k, "commit_metadata"): _whole(v, "commit_metadata") for k, v in found.items()}


def _whole(text: str, what: str) -> str:
    """Return a text; InputError for one with half a character, which JSON can write."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what} is no text: it has half a character") from error
    return text
