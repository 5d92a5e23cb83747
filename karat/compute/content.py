"""Names of decoded column values: what states and verdicts are keyed by.

Two files with equal columns have equal names, whatever their compression, row groups or writer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import pyarrow as pa

from karat.compute.chunk_names import ChunkNames, chunk_names, chunks_of
from karat.compute.column_digests import column_digest, decoded, plain_type
from karat.digest import digest
from karat.messages.borders import CUT, Cut
from karat.store import Store
from karat.store.understood import understood

SCHEME = "columns/5"
"""Raised whenever the same values would have another digest, or more is told of them."""


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a file has, and the digest of each column's values, in the file's order.

    `kinds` are the columns' Arrow types (of a dictionary, its values'; text of any width is
    string), `nulls` how many each has.
    `chunks` tells of the parts of a partition that is more than one chunk, None of any other.
    """

    rows: int
    columns: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    nulls: Mapping[str, int] = field(default_factory=dict)
    chunks: ChunkNames | None = None

    @property
    def digest(self) -> str:
        """Return the name of all columns together."""
        return content_digest(self.columns)


def content_digest(columns: Mapping[str, str]) -> str:
    """Return the name of columns with these names and digests, in this order."""
    return digest("content/1", *(part for item in columns.items() for part in item))


def scheme() -> str:
    """Return the name of how columns are named: another one whenever their digests would be."""
    return SCHEME


def table_content(table: pa.Table, cut: Cut = CUT, what: str = "") -> Content:
    """Return the content of a table in memory, called `what` in errors.

    Raises InputError for a column that has no digest.
    """
    plain = {column.name: decoded(table[column.name]) for column in table.schema}
    kinds = {name: str(plain_type(column.type)) for name, column in plain.items()}
    nulls = {name: column.null_count for name, column in plain.items()}
    chunks = chunks_of(table, cut) if table.num_rows >= cut.many else None
    if chunks is None or chunks.rows.size < 2:  # noqa: PLR2004 - one chunk is named by its values
        columns = {name: column_digest(column, name, what) for name, column in plain.items()}
        return Content(table.num_rows, columns, kinds, nulls)
    ends = chunks.rows.cumsum().tolist()
    spans = list(zip([0, *ends[:-1]], chunks.rows.tolist(), strict=True))
    named = {
        name: [column_digest(column.slice(*span), name) for span in spans]
        for name, column in plain.items()
    }
    names = chunk_names(chunks, named)
    return Content(table.num_rows, names.columns(), kinds, nulls, names)


def kept_content(
    store: Store, bytes_digest: str, columns: Sequence[str] | None = None, cut: Cut = CUT
) -> Content | None:
    """Return the content of `columns` of the file with this byte digest, None of one not seen."""
    key = _content_key(bytes_digest, columns, cut)
    return understood(store, [key], _content).get(key)


def kept_contents(store: Store, digests: Collection[str], cut: Cut = CUT) -> dict[str, Content]:
    """Return, by byte digest, the contents of those files that were seen, by one look for all."""
    keys = {one: _content_key(one, None, cut) for one in digests}
    held = understood(store, list(keys.values()), _content)
    return {one: held[key] for one, key in keys.items() if key in held}


def keep_content(
    store: Store,
    bytes_digest: str,
    content: Content,
    columns: Sequence[str] | None = None,
    cut: Cut = CUT,
) -> None:
    """Remember what the file with this byte digest holds, or `columns` of it."""
    values = asdict(replace(content, chunks=None))
    values["chunks"] = content.chunks.plain() if content.chunks else None
    store.put(_content_key(bytes_digest, columns, cut), json.dumps(values).encode())


def _content(data: bytes) -> Content:
    values = json.loads(data)
    chunks = values.pop("chunks")
    return Content(**values, chunks=ChunkNames.of_plain(chunks) if chunks else None)


def _content_key(bytes_digest: str, columns: Sequence[str] | None, cut: Cut) -> str:
    chosen = "*" if columns is None else json.dumps(list(columns))
    return digest(scheme(), bytes_digest, chosen, *cut.key())
