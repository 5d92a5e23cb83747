"""Golden cells that processes map, files beside a store's database: caches like what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CELLS, BEGUN = "golden-*.cells", ".golden-*"
ABANDONED_S = 24 * 3600
"""Nobody writes a file of cells for a day: it was left by one who was killed."""


def cells_bytes(root: Path) -> int:
    """Return the bytes of all files of cells in the folder, begun ones among them."""
    return sum(size for _, size, _ in _there(root))


def spare_cells(
    root: Path, now_s: int, *, older_than_s: int | None, room: int | None
) -> list[Path]:
    """Return the files of cells to let go of.

    Those begun and not finished for a day, those not used for `older_than_s`, and beyond `room`
    bytes those used longest ago. A process that has one mapped keeps it until it ends.
    """
    spare, kept = list[Path](), 0
    for used_s, size, path in sorted(_there(root), reverse=True):
        kept += size
        begun = path.name.startswith(".") and now_s - used_s > ABANDONED_S
        old = older_than_s is not None and now_s - used_s > older_than_s
        if begun or old or (room is not None and kept > room):
            spare.append(path)
            kept -= size
    return spare


def _there(root: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield when each file was last used, its bytes, and where it is."""
    for name in (CELLS, BEGUN):
        for path in root.glob(name):
            with suppress(FileNotFoundError):
                told = path.stat()
                yield int(told.st_mtime), told.st_size, path
