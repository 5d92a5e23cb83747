"""What karat writes beside a file in lakeFS, and into a merge, and what of it readers see.

User metadata of a file travels in HTTP headers, which carry plain text only: any other value is
written as percent-encoded UTF-8 behind a mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from karat.errors import InputError
from karat.lake.paths import check_commit_metadata, check_object_metadata

HASH = "content-sha256"
EXPECTED = "expected-head"
STRATEGY = ".lakefs.merge.strategy"
_MARK = "karat-utf8:"
_PLAIN = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{64}", re.ASCII)


def written(metadata: Mapping[str, str], content_hash: str) -> dict[str, str]:
    """Return what is stored with a file; InputError for a key of ours or one that is not allowed.

    >>> written({"k": "ü"}, "0" * 64)["k"]
    'karat-utf8:%C3%BC'
    """
    facts = check_object_metadata(metadata)
    if HASH in facts:
        raise InputError(
            f"metadata key {HASH!r} is what karat calls a file's digest: choose another"
        )
    return {key: _encoded(value) for key, value in facts.items()} | {HASH: content_hash}


def readable(stored: Mapping[str, str] | None) -> dict[str, str]:
    """Return the metadata of a file as it was given to `put`."""
    given = {key: value for key, value in (stored or {}).items() if key != HASH}
    return {key: _decoded(value) for key, value in given.items()}


def claimed_hash(stored: Mapping[str, str] | None) -> str | None:
    """Return the digest a file is said to have; None where nobody, or nonsense, says it."""
    claim = (stored or {}).get(HASH, "")
    return claim if _SHA.fullmatch(claim) else None


def merge_facts(metadata: Mapping[str, str], expected: str | None) -> dict[str, str]:
    """Return what is written into a merge; a hook can hold its head against what was expected."""
    facts = check_commit_metadata(metadata)
    if taken := {EXPECTED, STRATEGY} & facts.keys():
        raise InputError(
            f"commit metadata key {min(taken)!r} is written by the lake: choose another"
        )
    return facts if expected is None else facts | {EXPECTED: expected}


def commit_facts(stored: Mapping[str, str] | None, parents: int) -> dict[str, str]:
    """Return the metadata of a commit as it was given, of a merge without what the lake added."""
    own = {EXPECTED, STRATEGY} if parents > 1 else set()
    return {key: value for key, value in (stored or {}).items() if key not in own}


def _encoded(value: str) -> str:
    plain = not value or (_PLAIN.fullmatch(value) and not value.startswith(_MARK))
    return value if plain else _MARK + quote(value, safe="")


def _decoded(value: str) -> str:
    return unquote(value.removeprefix(_MARK)) if value.startswith(_MARK) else value
