"""The training cache: one Arrow IPC file a partition, named by what it was made of.

A file is made once of the proved bytes and then only mapped. Beside it stand its BLAKE3 and its
rows. They find damage; the folder is as trusted as the machine's own disc is, and may be deleted.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from karat.contracts import EpisodesRule
from karat.dataset.step_columns import needed, step_batches
from karat.digest import digest, quick_digest
from karat.errors import CorruptError, InputError
from karat.messages.file_name import utf8_name

VERSION = 2
"""Raised when the same rows would give another file."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written beside a file of the cache: the BLAKE3 of its bytes, and its steps."""

    blake3: str
    steps: int


def cache_name(content: str, rule: EpisodesRule) -> str:
    """Return the name of the file that the bytes with this SHA-256 give under `rule`."""
    said = json.dumps(rule.model_dump(mode="json"), sort_keys=True)
    return digest("training cache/1", VERSION, content, said) + ".arrow"


def make(file: Path, rule: EpisodesRule, source: Callable[[], Path], what: str) -> Beside:
    """Return what stands beside `file`, which is made of the Parquet `source` gives, if need be.

    Several processes may make one file: all make the same. Raises what `source` raises, and
    InputError naming `what` for rows that are no steps, or a column that is not there.
    """
    if (found := _beside(file)) is not None:
        return found
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".making-") as folder:
        part, note = Path(folder) / "steps", Path(folder) / "beside"
        steps = _write(part, rule, source(), what)
        with pa.memory_map(utf8_name(part)) as written:
            made = Beside(quick_digest(memoryview(written.read_buffer())), steps)
        part.chmod(0o444)
        note.write_text(json.dumps(asdict(made)))
        # The file first: one without a note is made again, a note without its file is not.
        part.replace(file)
        note.replace(_note(file))
    return made


def _note(file: Path) -> Path:
    return file.with_suffix(".json")


def _beside(file: Path) -> Beside | None:
    """Return what is written beside a file; None where it, or what it speaks of, is missing."""
    note = _note(file)
    if not (file.exists() and note.exists()):
        return None
    try:
        said = json.loads(note.read_text())
        return Beside(str(said["blake3"]), int(said["steps"]))
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{note}: damaged ({error}): delete it, it is made again") from error


def _write(part: Path, rule: EpisodesRule, source: Path, what: str) -> int:
    columns = needed(rule)
    with pq.ParquetFile(utf8_name(source)) as file:
        have = file.schema_arrow.names
        if absent := [name for name in columns if name not in have]:
            raise InputError(f"{what}: no column {absent[0]!r}; have {', '.join(have)}")
        batches = step_batches(rule, file.iter_batches(columns=columns), what)
        first = next(batches)
        steps = int(first.num_rows)
        with pa.ipc.new_file(utf8_name(part), first.schema) as writer:
            writer.write_batch(first)
            for batch in batches:
                writer.write_batch(batch)
                steps += batch.num_rows
    return steps
