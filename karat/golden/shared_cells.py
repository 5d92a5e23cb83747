"""Golden cells in one file that processes map instead of holding a copy each.

The file is a cache beside the states: whatever is wrong with it, it is written again. It begins
with a line that has the digest of all that follows, then the length of a JSON text, and this text,
which says where each array lies; arrays begin at whole pages, in this machine's own layout.
"""

from __future__ import annotations

import json
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import BLOCK, Hasher, digest
from karat.errors import UnavailableError
from karat.golden.manifest import GoldenManifest
from karat.golden.yardsticks import Yardstick
from karat.states import ReferenceCounts
from karat.states.kernels.cell_keys import Keys
from karat.states.kernels.cell_table import CellTable
from karat.store.cells_beside import CELLS

MAGIC = b"karat-shared-cells/2 "
PREFIX = len(MAGIC) + 64 + 1 + 8
PAGE = mmap.PAGESIZE
KEPT = 4
"""So many files stay, those that were used last; a manifest changes seldom."""
ARRAYS = ("points", "golden", "cumulative", "compact", "starts")


def share(manifest: GoldenManifest, folder: Path) -> GoldenManifest:
    """Return `manifest` with its cells mapped from a file in `folder`, written if need be.

    Verified here; processes that are sent the manifest map it as it stands. A manifest without
    cells is returned as it is. Raises UnavailableError when the file cannot be written or read.
    """
    cells = {one.cells_digest: one for one in _cells(manifest)}
    if not cells:
        return manifest
    path = folder.absolute() / f"golden-{digest('shared-cells/2', *sorted(cells))[:32]}.cells"
    try:
        if not _whole(path):
            _write(path, cells)
        path.touch()
        _drop_old(path)
    except OSError as error:
        told = f"golden cells cannot be shared at {error.filename or path}: {error.strerror}"
        raise UnavailableError(f"{told}; free space, or choose another --home") from error
    strata = {
        stratum: {name: _shared(one, path) for name, one in held.items()}
        for stratum, held in manifest.strata.items()
    }
    return replace(manifest, strata=strata)


@lru_cache(maxsize=64)
def mapped(path: Path, name: str) -> ReferenceCounts:
    """Return the cells of the digest `name` in the file at `path`, read-only, none of them read.

    Another process that is sent them maps the same file. They are of no class of their own, which
    would not share passes over rows with other statistics.
    """
    view, held = _opened(path)
    body = held[name]
    arrays = {key: np.frombuffer(view, *place) for key, place in body["arrays"].items()}
    found = ReferenceCounts(arrays["points"], arrays["golden"])
    known = {key: arrays[key] for key in ("cumulative", "compact")}
    vars(found).update(known, rows=body["rows"], cells_digest=name, sent_as=(mapped, (path, name)))
    if table := body["table"]:
        origin, shift = np.uint64(table["origin"]), np.uint64(table["shift"])
        made = CellTable(arrays["points"], arrays["starts"], origin, shift, Keys(*table["keys"]))
        vars(made)["most"] = np.uint64(table["most"])
        vars(found)["table"] = made
    return found


def _cells(manifest: GoldenManifest) -> Iterator[ReferenceCounts]:
    for held in manifest.strata.values():
        yield from (one.golden for one in held.values() if isinstance(one.golden, ReferenceCounts))


def _shared(one: Yardstick, path: Path) -> Yardstick:
    if not isinstance(one.golden, ReferenceCounts):
        return one
    return replace(one, golden=mapped(path, one.golden.cells_digest))


class _File(NamedTuple):
    view: mmap.mmap
    held: dict[str, Any]


@lru_cache(maxsize=KEPT)
def _opened(path: Path) -> _File:
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(view[PREFIX - 8 : PREFIX], "little")
    return _File(view, json.loads(view[PREFIX : PREFIX + size]))


def _whole(path: Path) -> bool:
    """Return whether the file is there, and is as it was written."""
    hasher = Hasher()
    with suppress(FileNotFoundError), path.open("rb") as file:
        line = file.read(len(MAGIC) + 64 + 1)
        while block := file.read(BLOCK):
            hasher.update(block)
        return line == MAGIC + hasher.hexdigest().encode() + b"\n"
    return False


def _write(path: Path, cells: dict[str, ReferenceCounts]) -> None:
    """Write all cells beside `path`, and put the whole file in its place."""
    text, arrays = _layout(cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".golden-", delete=False) as file:
        part = Path(file.name)
        try:
            hasher = Hasher()
            file.seek(len(MAGIC) + 64 + 1)
            for data in _pieces(text, arrays):
                hasher.update(data)
                file.write(data)
            file.seek(0)
            file.write(MAGIC + hasher.hexdigest().encode() + b"\n")
            file.close()
            part.chmod(0o444)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _layout(cells: dict[str, ReferenceCounts]) -> tuple[bytes, list[NDArray[Any]]]:
    """Return the text that says where each array lies, of fixed length, and the arrays in turn."""
    held: dict[str, Any] = {}
    arrays: list[NDArray[Any]] = []
    for name, one in sorted(cells.items()):
        table = one.table if one.points.size else None
        starts = table.starts if table else np.empty(0, np.uint32)
        own = (one.points, one.golden, one.cumulative, one.compact, starts)
        arrays += own
        told = dict(zip(ARRAYS, ([a.dtype.str, a.size, 0] for a in own), strict=True))
        held[name] = {"arrays": told, "rows": one.rows, "table": table and _table(table)}
    # Places are counted from behind the text, whose length they change: room is left for them.
    begin = _pages(PREFIX + len(json.dumps(held)) + 24 * len(arrays))
    places = [place for one in held.values() for place in one["arrays"].values()]
    for place, array in zip(places, arrays, strict=True):
        place[2], begin = begin, begin + _pages(array.nbytes)
    text = json.dumps(held).encode()
    first = places[0][2]
    return text + b" " * (first - PREFIX - len(text)), arrays


def _table(table: CellTable) -> dict[str, Any]:
    numbers = {"origin": table.origin, "shift": table.shift, "most": table.most}
    return {"keys": table.keys, **{name: int(number) for name, number in numbers.items()}}


def _pieces(text: bytes, arrays: list[NDArray[Any]]) -> Iterator[bytes | memoryview]:
    yield len(text).to_bytes(8, "little")
    yield text
    for array in arrays:
        yield np.ascontiguousarray(array).view(np.uint8).data
        yield bytes(_pages(array.nbytes) - array.nbytes)


def _pages(size: int) -> int:
    return -(-size // PAGE) * PAGE


def _drop_old(path: Path) -> None:
    """Remove the files used longest ago; a process that has one mapped keeps it."""
    there = sorted(path.parent.glob(CELLS), key=lambda file: -file.stat().st_mtime)
    for file in [one for one in there if one != path][KEPT - 1 :]:
        file.unlink(missing_ok=True)
