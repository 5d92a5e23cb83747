"""A partition made of its capture by a dataset's own function: a plug-in, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import InputError, KaratError
from karat.messages.capture_file import batches, parquet_file
from karat.messages.file_name import utf8_name

GROUP = "karat.datasets"
ROW_GROUP = 1 << 20
Made: TypeAlias = pa.Table | Iterable[pa.Table | pa.RecordBatch]
Maker: TypeAlias = Callable[[Path], Made]
"""From a capture to the rows of its partition: a table, or pieces of one schema, in order."""


def as_received(capture: Path) -> Iterable[pa.RecordBatch]:
    """Yield the rows of a capture as they are, for data that is finished when it comes."""
    with parquet_file(capture, (), capture.name) as file:
        if not file.metadata.num_rows:
            yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow)
        yield from batches(file, file.schema_arrow.names, capture.name)


SHIPPED: Mapping[str, Maker] = {"as_received": as_received}


def maker_of(name: str) -> Maker:
    """Return the function that a contract's ``made_by`` names.

    Raises InputError with the known ones for a name that no package has, or two, and for one that
    cannot be imported.
    """
    if name in SHIPPED:
        return SHIPPED[name]
    entry = _entry(name)
    try:
        maker: Maker = entry.load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"dataset function {name!r} ({entry.value}): {error}: mend it") from error
    return maker


def make(name: str, capture: Path, out: Path, source: str) -> int:
    """Write the partition that the function `name` makes to `out`, whole; return its rows.

    Raises InputError naming `source` and the function for whatever goes wrong in it.
    """
    maker, part = maker_of(name), out.with_name(f"{out.name}.part")
    try:
        rows = _write(part, maker(capture))
        part.replace(out)
    except KaratError as error:
        raise InputError(f"{source}: {name}: {error}") from error
    except Exception as error:  # anyone's function may raise anything; its partition says so
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"{source}: the function {name!r} cannot make it: {why}") from error
    finally:
        part.unlink(missing_ok=True)
    return rows


def _write(part: Path, made: Made) -> int:
    pieces = iter([made] if isinstance(made, pa.Table) else made)
    first = next(pieces, None)
    if first is None:
        raise InputError("it gave no table: for no rows, give one without rows, with its columns")
    rows = 0
    with pq.ParquetWriter(
        utf8_name(part), first.schema, compression="zstd", compression_level=3
    ) as writer:
        while first is not None:
            table = first if isinstance(first, pa.Table) else pa.Table.from_batches([first])
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows, first = rows + table.num_rows, next(pieces, None)
    return rows


def _entry(name: str) -> EntryPoint:
    found = {entry.value: entry for entry in entry_points(group=GROUP, name=name)}
    if not found:
        known = ", ".join(sorted({*SHIPPED, *(e.name for e in entry_points(group=GROUP))}))
        raise InputError(
            f"no dataset function {name!r} is installed; have {known}: install the package that "
            f"registers it under the entry point {GROUP!r}"
        )
    if len(found) > 1:
        places = " and ".join(sorted(found))
        raise InputError(f"dataset function {name!r} is both {places}: uninstall one of them")
    return next(iter(found.values()))
