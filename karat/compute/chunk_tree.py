"""A partition of many chunks as a tree by the clock: days, hours, minutes, chunks.

What is asked for is looked up at a node for all measures at once; only where it is missing are
the node's parts asked, and of a chunk the rows. Chunks are met in the order of their rows, so that
in memory is one of them, whatever the partition's size, and the states of one node's parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, islice, pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from karat.compute.chunk_names import WIDTH, ChunkNames
from karat.compute.file_rows import FileRows
from karat.compute.leaves import Leaves
from karat.compute.state_store import decoded_states
from karat.compute.work import Compute
from karat.contracts import Measure
from karat.digest import digest
from karat.messages.borders import SLOT_NS
from karat.store import Store

LEVELS = (8640, 2160, 360, 60, 30)
"""Slots of the nodes above chunks: a day, 6 hours, an hour, 10 and 5 minutes.

Few parts a node: where one chunk changed, the states of all its nodes' other parts are merged.
"""


class Span(NamedTuple):
    """Chunks from `first` to before `stop`."""

    first: int
    stop: int


class ChunkState(NamedTuple):
    """Rows `first` to before `stop`, what is measured of them, and when the first 10 s begin.

    `begin_ns` is no time where the partition's columns tell none.
    """

    first: int
    stop: int
    begin_ns: int
    state: Any


class Asked(NamedTuple):
    """A measure, its name whatever the rows, and the columns it reads."""

    measure: Measure
    name: str
    reads: tuple[str, ...]


class ChunkTree:
    """The states of the chunks of one file, and of the nodes above them, kept in `store`."""

    def __init__(self, chunks: ChunkNames, rows: FileRows, store: Store) -> None:
        self._chunks = chunks
        self._slots = np.frombuffer(chunks.slots, "<i8")
        self._borders = chunks.borders().tolist()
        self._rows = rows
        self._store = store

    def merged(self, measures: Sequence[Measure], compute: Compute) -> list[Any]:
        """Return the states of all rows, the parts of the partition worked on by `compute`."""
        if not measures:
            return []
        asked = [_asked(measure) for measure in measures]

        def alone(part: Span) -> list[Any]:
            with Leaves(self._rows) as leaves:
                return self._states(asked, [part], leaves)[0]

        return _merged(asked, compute.map(alone, self._parts(Span(0, self._chunks.count))))

    def lacking(self, measures: Sequence[Measure]) -> dict[Span, int]:
        """Return the parts' parts, hours of a day, that lack states; of each how many rows."""
        asked = [_asked(one) for one in measures if not one.whole]
        found = dict[Span, int]()
        for wide in self._parts(Span(0, self._chunks.count)):
            for part in self._parts(wide):
                keys = [self._key(one, part) for one in asked]
                if len(self._store.get_many(keys)) < len(set(keys)):
                    found[part] = self._borders[part.stop] - self._borders[part.first]
        return found

    def keep(self, measures: Sequence[Measure], part: Span) -> None:
        """Have the states of a part in the store: those not known are made."""
        with Leaves(self._rows) as leaves:
            self._states([_asked(one) for one in measures if not one.whole], [part], leaves)

    def whole(self, measure: Measure) -> Any:
        """Return the state of a measure of all rows together, read as often as it asks."""

        def parts() -> Iterator[pa.Table]:
            with self._rows.stream(measure.reads()) as stream:
                for first, stop in pairwise(self._borders):
                    yield stream.rows(first, stop)

        return measure.observe_parts(parts)

    def each(self, measure: Measure) -> Iterator[ChunkState]:
        """Yield the state of every chunk in turn; found, or made of its rows and kept."""
        # Of the first slot that int64 has times in, the begin is not an int64.
        begins = [slot * SLOT_NS for slot in self._slots.tolist()]
        with Leaves(self._rows) as leaves:
            for at, (first, stop) in enumerate(pairwise(self._borders)):
                state = self._states([_asked(measure)], [Span(at, at + 1)], leaves)[0][0]
                yield ChunkState(first, stop, begins[at], state)

    def unknown(self, measures: Sequence[Measure]) -> Iterator[tuple[int, int, frozenset[str]]]:
        """Yield the rows that are to be read for these, first to stop, and the columns of them."""
        asked = [_asked(measure) for measure in measures if not measure.whole]
        yield from self._unknown(asked, self._parts(Span(0, self._chunks.count)))
        for measure in measures:
            if measure.whole:
                yield 0, self._borders[-1], frozenset(measure.reads())

    def _unknown(
        self, asked: Sequence[Asked], parts: Sequence[Span]
    ) -> Iterator[tuple[int, int, frozenset[str]]]:
        for part in parts:
            keys = [self._key(one, part) for one in asked]
            known = self._store.get_many(keys)
            lacking = [one for one, key in zip(asked, keys, strict=True) if key not in known]
            if lacking and part.stop - part.first > 1:
                yield from self._unknown(lacking, self._parts(part))
            elif lacking:
                columns = frozenset(name for one in lacking for name in one.reads)
                yield self._borders[part.first], self._borders[part.stop], columns

    def _states(
        self, asked: Sequence[Asked], parts: Sequence[Span], leaves: Leaves
    ) -> list[list[Any]]:
        """Return the states of each part: found, or made and kept."""
        keys = [[self._key(one, part) for one in asked] for part in parts]
        statistics = [one.measure.statistic for one in asked] * len(parts)
        known = iter(decoded_states(statistics, list(chain.from_iterable(keys)), self._store))
        states, fresh = [], dict[str, bytes]()
        for part, names in zip(parts, keys, strict=True):
            found = list(islice(known, len(asked)))
            missing = [at for at, state in enumerate(found) if state is None]
            made = self._made([asked[at] for at in missing], part, leaves)
            for at, state in zip(missing, made, strict=True):
                found[at] = (state,)
                fresh[names[at]] = asked[at].measure.statistic.encode(state)
            states.append([state[0] for state in found if state])
        self._store.put_many(fresh)
        return states

    def _made(self, asked: Sequence[Asked], part: Span, leaves: Leaves) -> list[Any]:
        """Return states of a part that are not known: of its rows, or merged of its own parts."""
        if not asked:
            return []
        if part.stop - part.first > 1:
            return _merged(asked, self._states(asked, self._parts(part), leaves))
        rows = self._borders[part.first], self._borders[part.stop]
        return leaves.states([one.measure for one in asked], *rows)

    def _parts(self, part: Span) -> list[Span]:
        """Return the parts of a node: of the widest kind of which it has more than one."""
        slots = self._slots[part.first : part.stop]
        for wide in LEVELS:
            blocks = slots // wide
            if blocks[0] < blocks[-1]:
                first = np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 1)) + part.first
                return [Span(*pair) for pair in pairwise([*first.tolist(), part.stop])]
        return [Span(at, at + 1) for at in range(part.first, part.stop)]

    def _key(self, asked: Asked, part: Span) -> str:
        """Return the name of a state of a part: of what is measured, and of what it reads there."""
        cut = slice(part.first * WIDTH, part.stop * WIDTH)
        return digest(
            "part state/1", asked.name, *(self._chunks.names[c][cut] for c in asked.reads)
        )


def _asked(measure: Measure) -> Asked:
    reads = measure.reads()
    return Asked(measure, measure.state_key({name: name for name in reads}), tuple(reads))


def _merged(asked: Sequence[Asked], parts: Iterable[list[Any]]) -> list[Any]:
    """Return the states of all parts, one after the other."""

    def merge(before: list[Any], after: list[Any]) -> list[Any]:
        trio = zip(asked, before, after, strict=True)
        return [one.measure.statistic.merge(a, b) for one, a, b in trio]

    return reduce(merge, parts)
