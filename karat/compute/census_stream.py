"""A paired census of two files read side by side, so that neither is in memory as a whole.

Both are read piece by piece; what has an id below the lowest last id in hand is compared, and the
rest waits for the next piece. The state is that of both as wholes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from karat.compute.file_rows import FileRows
from karat.errors import InputError
from karat.states import PairedCensus
from karat.states.census import Quotes, side_of
from karat.states.census_past import NO_QUOTES, Past, Side
from karat.states.census_state import CensusState

PIECE = 1 << 19
LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Source:
    """One side: its file, the columns to be read, and what makes quotes of some of its rows."""

    file: FileRows
    columns: list[str]
    quotes: Callable[[pa.Table], Quotes]


def streamed(statistic: PairedCensus, candidate: Source, golden: Source) -> CensusState | None:
    """Return the census of `candidate` against `golden`, None where it must be taken of wholes.

    So it is where ids descend or rows are bad, which whoever sees all rows can tell better.
    """
    with (
        candidate.file.stream(candidate.columns) as ours_read,
        golden.file.stream(golden.columns) as theirs_read,
    ):
        ours = _Waiting(_pieces(ours_read.rows, candidate))
        theirs = _Waiting(_pieces(theirs_read.rows, golden))
        try:
            return _merged(statistic, ours, theirs)
        except InputError:
            return None


def _merged(statistic: PairedCensus, ours: _Waiting, theirs: _Waiting) -> CensusState:
    state, past = statistic.empty(), Past()
    while not (ours.done and theirs.done):
        min(ours, theirs, key=lambda side: side.reach).read_on()
        bound = min(ours.reach, theirs.reach)
        found, past = statistic.piece(past, ours.take(bound), theirs.take(bound))
        state = statistic.merge(state, found)
    found, _ = statistic.piece(past, ours.held, theirs.held)
    return statistic.merge(state, found)


@dataclass
class _Waiting:
    """Quotes of one side that were read and not yet compared."""

    pieces: Iterator[Side]
    held: Side = NO_QUOTES
    reach: int = -LAST
    done: bool = False

    def read_on(self) -> None:
        """Read the next piece; at the end, nothing is in the way of the other side."""
        piece = next(self.pieces, None)
        if piece is None:
            self.done, self.reach = True, LAST
        elif piece.ids.size:
            if piece.ids[0] < self.reach:
                raise InputError("ids descend from one piece to the next")
            self.held, self.reach = self.held.then(piece), int(piece.ids[-1])

    def take(self, bound: int) -> Side:
        """Return, and let go of, what has an id below `bound`."""
        taken = self.held.before(bound)
        self.held = self.held.beyond(taken.ids.size)
        return taken


def _pieces(rows: Callable[[int, int], pa.Table], source: Source) -> Iterator[Side]:
    for at in range(0, source.file.count, PIECE):
        yield side_of(source.quotes(rows(at, min(at + PIECE, source.file.count))))
