"""A lake whose partitions are proved, all of the same few bytes, and merges that would change them.

The records are real: signed, in the ledger's order, and verified. What they speak of is small, so
that what is measured is the gate's work for each changed path and not the reading of columns. Names
and trees are those of a lake in a directory; bytes are in memory, where 400,000 small files would
take minutes to be flushed one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from karat.contracts import Contract, parse_contract
from karat.digest import bytes_digest
from karat.flow.note import Note
from karat.gate import Asked
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.backend import Backend
from karat.lake.layout import (
    MAIN,
    Partition,
    build_path,
    dataset_path,
    published_verdict_path,
    raw_path,
    reference_path,
    verdict_path,
)
from karat.lake.local import LocalLake
from karat.lake.memory import MemoryBlobs
from karat.lake.repository import Repository
from karat.messages import REBUILD_VERSION, RESET, instrument_on
from karat.messages.instrument import instrument_rows, shipped_table
from karat.signing import Keyring
from karat.store import MemoryStore
from karat.verdicts import Build, Finding, Outcome, Verdict, record, subject
from karat.verdicts.verdict import Inputs

FIRST = dt.date(2020, 1, 1)
RAW = b"a raw capture, of which only the digest counts"
CONTRACT = """
dataset: gated
first_day: 2020-01-01
columns: {value: {type: int64, unit: units}}
families: {invariants: gate}
locator: value
invariants:
  - {name: values are not negative, left: value, op: ">=", right: 0}
"""


@dataclass(frozen=True)
class Gated:
    """The lake, its contract, and the files that a proved merge of each partition brings."""

    lake: Lake
    contract: Contract
    partitions: tuple[Partition, ...]
    files: Mapping[Partition, Mapping[str, bytes]]

    def merge(self, *partitions: Partition) -> Asked:
        """Return the question whether main may take these; their merge is on no branch."""
        lake, head = self.lake, self.lake.head(MAIN)
        with lake.session(head) as session:
            for one in partitions:
                for path, data in self.files[one].items():
                    session.put(path, data)
            source = session.commit("propose")
        lake.delete_branch(session.branch)
        return Asked(_beside(lake, head, source), source, {"expected-head": head})

    def publish(self, *partitions: Partition) -> None:
        """Have main hold these."""
        files = {path: data for one in partitions for path, data in self.files[one].items()}
        append(self.lake, MAIN, files, message=f"Publish {len(partitions)} partitions")


def light_lake(folder: Path) -> Repository:
    """Return a lake whose names and trees are in `folder`, and whose bytes are in memory."""
    disk = LocalLake(folder)
    kept = Backend(disk.refs, disk.trees, MemoryBlobs(), disk.backend.clock)
    return Repository(kept, Keyring.in_memory())


def gated_lake(folder: Path, instruments: int, days: int) -> Gated:
    """Return a lake in `folder` with so many raw days, all proved, and nothing published."""
    lake, contract = light_lake(folder), parse_contract(CONTRACT, "gated")
    names = [f"sim-spot-a{number:03}" for number in range(instruments)]
    dates = [str(FIRST + dt.timedelta(days=number)) for number in range(days)]
    partitions = tuple(Partition(name, date) for name in names for date in dates)
    table = shipped_table()
    files = {reference_path(name): instrument_rows(table, name).encode() for name in names}
    files |= {raw_path(one.instrument, one.date): RAW for one in partitions}
    append(lake, MAIN, files, message="Ingest")
    data = _rows()
    inputs = _subject(lake, contract, partitions[0], data)
    reasons = Finding("invariants", "gate", "values are not negative", Outcome.PASS, "none", {})
    held, statements = {}, {}
    for one in partitions:
        verdict = Verdict(replace(inputs, partition=str(one)), (reasons,))
        build = _build(one, inputs.content)
        statements[verdict_path("gated", one, verdict.key)] = verdict.encode()
        statements[build_path("gated", one, build.input)] = build.encode(f"gated/{one}")
        note = Note(verdict.key, inputs.content, build.input).encode()
        path = dataset_path("gated", one.instrument, one.date)
        held[one] = {path: data, published_verdict_path("gated", one): note}
    record(lake, statements, f"Record {len(statements)} records")
    return Gated(lake, contract, partitions, held)


def _rows() -> bytes:
    sink = BytesIO()
    pq.write_table(pa.table({"value": pa.array([1, 2, 3], pa.int64())}), sink)
    return sink.getvalue()


def _subject(lake: Lake, contract: Contract, partition: Partition, data: bytes) -> Inputs:
    path = dataset_path("gated", partition.instrument, partition.date)
    with lake.session(MAIN) as session:
        session.put(path, data)
        commit = session.commit("look")
    store = MemoryStore()
    case = subject(lake, contract, partition, at=commit, sources=commit, golden=None, store=store)
    return case.inputs


def _build(partition: Partition, content: str) -> Build:
    text = instrument_rows(shipped_table(), partition.instrument)
    how = instrument_on(text, partition.instrument, partition.date).digest
    return Build(bytes_digest(RAW), RESET, how, REBUILD_VERSION, content, 3, RESET)


def _beside(lake: Lake, head: CommitId, source: CommitId) -> CommitId:
    lake.create_branch("try-merge", head)
    try:
        return lake.merge(source, "try-merge", message="try")
    finally:
        lake.delete_branch("try-merge")
