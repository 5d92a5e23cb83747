"""What may happen to a lake without changing what anything in it says."""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pyarrow.parquet as pq

from karat.errors import NothingToMerge
from karat.lake.layout import MAIN, golden_path, raw_path
from karat.simulation import corrected
from tests.dagster.opened import data_files
from tests.dagster.ticking import Watch

NUMBERS = count()
ENCODINGS = ("zstd", "gzip", "snappy", "brotli", "lz4", "none")


def put(watch: Watch, files: dict[str, bytes], **metadata: str) -> None:
    """Bring files to main as any client would."""
    with watch.lake.session(MAIN) as session:
        for path, data in files.items():
            session.put(path, data, metadata=metadata)
        session.commit("Put files", allow_empty=True)
        with suppress(NothingToMerge):
            watch.lake.merge(session.branch, MAIN, message="Bring files")
    watch.lake.delete_branch(session.branch)


def held(watch: Watch, path: str) -> bytes:
    with watch.lake.open(MAIN, path) as stream:
        return stream.read()


def raw(watch: Watch, n: int = 0) -> str:
    return raw_path(watch.partitions[n].instrument, watch.partitions[n].date)


def the_same_again(watch: Watch) -> None:
    put(watch, {raw(watch): held(watch, raw(watch))})


def touched(watch: Watch) -> None:
    for n, file in enumerate(data_files(watch.lake)):
        os.utime(file, (n, next(NUMBERS)))


def other_metadata(watch: Watch) -> None:
    put(watch, {raw(watch): held(watch, raw(watch))}, note=f"number {next(NUMBERS)}")


def elsewhere(watch: Watch) -> None:
    put(watch, {f"notes/{next(NUMBERS)}.txt": b"nothing to do with it"})


def merged_without_change(watch: Watch) -> None:
    """A branch changes a capture and puts it back; what it did otherwise is an empty commit."""
    name = f"tried-{next(NUMBERS)}"
    before = held(watch, raw(watch))
    for data in (b"spoilt", before):
        with watch.lake.session(MAIN, branch=name) as session:
            session.put(raw(watch), data)
            session.commit("Try")
    with suppress(NothingToMerge):
        watch.lake.merge(name, MAIN, message="Bring back nothing")


def renamed_branch(watch: Watch) -> None:
    old, new = (f"name-{next(NUMBERS)}" for _ in range(2))
    watch.lake.create_branch(old, MAIN)
    watch.lake.create_branch(new, old)
    watch.lake.delete_branch(old)


def there_and_back(watch: Watch) -> None:
    """The sensors see a capture that was judged before, and then the first one again."""
    watch.bring((0, corrected(watch.days[0].raw)))
    watch.go()
    watch.bring((0, watch.days[0].raw))


def restarted(watch: Watch) -> None:
    watch.load()


def lost_cursors(watch: Watch) -> None:
    watch.cursors.clear()


def encoded_anew(watch: Watch, path: str) -> None:
    """The same rows of a file, by another codec and in groups of other sizes."""
    table, how = pq.read_table(io.BytesIO(held(watch, path))), next(NUMBERS)
    sink = io.BytesIO()
    codec = ENCODINGS[how % len(ENCODINGS)]
    pq.write_table(table, sink, compression=codec, row_group_size=300 + how)
    put(watch, {path: sink.getvalue()})


def raw_encoded_anew(watch: Watch) -> None:
    encoded_anew(watch, raw(watch))


def golden_encoded_anew(watch: Watch) -> None:
    encoded_anew(watch, golden_path(watch.partitions[0].instrument, watch.partitions[0].date))


Event = Callable[[Watch], None]
QUIET: tuple[Event, ...] = (
    *(the_same_again, touched, other_metadata, elsewhere, merged_without_change),
    *(renamed_branch, restarted, lost_cursors),
)
ENCODED: tuple[Event, ...] = (raw_encoded_anew, golden_encoded_anew)
EVENTS: tuple[Event, ...] = (*QUIET, there_and_back, *ENCODED)
