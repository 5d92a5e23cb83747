"""What may be a key: a plain file name on every system."""

from __future__ import annotations

import re

from karat.errors import InputError

_KEY = re.compile(r"[0-9a-z_][-.0-9a-z_]{0,199}", re.ASCII)


def check_key(key: str) -> str:
    """Return `key`; `InputError` unless it is 1..200 of ``a-z 0-9 . _ -``, not first ``.-``."""
    if not _KEY.fullmatch(key):
        raise InputError(f"store key {key!r}: 1..200 of a-z, 0-9, '.', '_' and '-': give a digest")
    return key
