"""What may happen to a lake without changing what anything in it says."""

import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import NothingToMerge
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, golden_path, raw_path
from karat.simulation import Day, corrected
from tests.dagster.opened import data_files

NUMBERS = count()
ENCODINGS = ("zstd", "gzip", "snappy", "brotli", "lz4", "none")


class Holder(Protocol):
    """Whatever has a lake."""

    @property
    def lake(self) -> Lake: ...


class Place(Holder, Protocol):
    """A lake with days of an instrument, of which a capture can be brought anew."""

    @property
    def days(self) -> Sequence[Day]: ...

    @property
    def partitions(self) -> Sequence[Partition]: ...

    def bring(self, *changed: tuple[int, pa.Table]) -> Any:
        """Ingest restated captures of days, by number, in one commit."""


def put(place: Holder, files: dict[str, bytes], **metadata: str) -> None:
    """Bring files to main as any client would."""
    with place.lake.session(MAIN) as session:
        for path, data in files.items():
            session.put(path, data, metadata=metadata)
        session.commit("Put files", allow_empty=True)
        with suppress(NothingToMerge):
            place.lake.merge(session.branch, MAIN, message="Bring files")
    place.lake.delete_branch(session.branch)


def held(place: Holder, path: str) -> bytes:
    with place.lake.open(MAIN, path) as stream:
        return stream.read()


def raw(place: Place, n: int = 0) -> str:
    return raw_path(place.partitions[n].instrument, place.partitions[n].date)


def golden(place: Place, n: int = 0) -> str:
    return golden_path(place.partitions[n].instrument, place.partitions[n].date)


def the_same_again(place: Place) -> None:
    put(place, {raw(place): held(place, raw(place))})


def touched(place: Place) -> None:
    for n, file in enumerate(data_files(place.lake)):
        os.utime(file, (n, next(NUMBERS)))


def other_metadata(place: Place) -> None:
    put(place, {raw(place): held(place, raw(place))}, note=f"number {next(NUMBERS)}")


def elsewhere(place: Place) -> None:
    put(place, {f"notes/{next(NUMBERS)}.txt": b"nothing to do with it"})


def merged_without_change(place: Place) -> None:
    """A branch changes a capture and puts it back; what it did otherwise is an empty commit."""
    name = f"tried-{next(NUMBERS)}"
    before = held(place, raw(place))
    for data in (b"spoilt", before):
        with place.lake.session(MAIN, branch=name) as session:
            session.put(raw(place), data)
            session.commit("Try")
    with suppress(NothingToMerge):
        place.lake.merge(name, MAIN, message="Bring back nothing")


def renamed_branch(place: Place) -> None:
    old, new = (f"name-{next(NUMBERS)}" for _ in range(2))
    place.lake.create_branch(old, MAIN)
    place.lake.create_branch(new, old)
    place.lake.delete_branch(old)


def there(place: Place) -> None:
    """The first day is restated, by a capture that tells the same book."""
    place.bring((0, corrected(place.days[0].raw)))


def back(place: Place) -> None:
    """The first day is as it was."""
    place.bring((0, place.days[0].raw))


def encoded_anew(place: Place, path: str) -> None:
    """The same rows of a file, by another codec and in groups of other sizes."""
    table, how = pq.read_table(io.BytesIO(held(place, path))), next(NUMBERS)
    sink = io.BytesIO()
    codec = ENCODINGS[how % len(ENCODINGS)]
    pq.write_table(table, sink, compression=codec, row_group_size=300 + how)
    put(place, {path: sink.getvalue()})


def raw_encoded_anew(place: Place) -> None:
    encoded_anew(place, raw(place, 1))


def golden_encoded_anew(place: Place) -> None:
    encoded_anew(place, golden(place, 1))


Event = Callable[[Place], None]
QUIET: tuple[Event, ...] = (
    *(the_same_again, touched, other_metadata, elsewhere),
    *(merged_without_change, renamed_branch),
)
ENCODED = {raw_encoded_anew: raw, golden_encoded_anew: golden}
"""Events that one file of the second day is read once for, and which."""
