"""Names of files that Arrow can open."""

from __future__ import annotations

import os
from pathlib import Path

from karat.errors import InputError


def utf8_name(path: Path) -> str:
    """Return the name of a file; InputError for one that is not UTF-8, which Arrow cannot open.

    >>> utf8_name(Path("days/2024-01-01.parquet"))
    'days/2024-01-01.parquet'
    """
    try:
        return os.fsencode(path).decode()
    except UnicodeDecodeError as error:
        told = os.fsencode(path).decode(errors="backslashreplace")
        raise InputError(f"{told}: its name is not UTF-8: rename it, or its folder") from error
