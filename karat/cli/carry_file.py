"""A book that carries over, in a file of its own: Arrow, with its name inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from karat.errors import InputError

if TYPE_CHECKING:
    from karat.messages import Carry

NAME = b"carry"


def read_carry(path: Path) -> Carry:
    """Return the book in `path`; InputError for no such file, CorruptError for another content."""
    import pyarrow as pa

    from karat.messages import Carry

    try:
        data = path.read_bytes()
        metadata = pa.ipc.open_file(pa.BufferReader(data)).schema.metadata or {}
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a book that `karat rebuild` wrote ({error})") from error
    if NAME not in metadata:
        raise InputError(f"{path}: an Arrow file, but not a book that `karat rebuild` wrote")
    return Carry.decode(data, metadata[NAME].decode())


def write_carry(path: Path, carry: Carry) -> None:
    """Write the book to `path`, whole or not at all; InputError when it cannot be written."""
    import pyarrow as pa

    from karat.messages.file_name import utf8_name

    table = pa.ipc.open_file(pa.BufferReader(carry.encode())).read_all()
    metadata = {**(table.schema.metadata or {}), NAME: carry.digest.encode()}
    table = table.replace_schema_metadata(metadata)
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            pa.OSFile(utf8_name(part), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)
