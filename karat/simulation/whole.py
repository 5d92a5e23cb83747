"""Files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from karat.errors import LakeUnusable


def put(path: Path, fill: Callable[[Path], object]) -> Path:
    """Let `fill` write a file beside `path`, move it there, and return `path`.

    `LakeUnusable` where that fails; nothing half-written stays behind.
    """
    unfinished = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fill(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise LakeUnusable(f"cannot write {path}: {error}") from error
    return path
