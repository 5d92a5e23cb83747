"""States of a partition, found in the store by name, or computed from its columns and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from karat.compute.chunk_tree import ChunkState, ChunkTree
from karat.compute.content import Content
from karat.compute.reading import Reading
from karat.compute.state_store import kept_states
from karat.compute.work import Compute, Serial
from karat.contracts import Measure, observed
from karat.store import Store


def states_of(
    measures: Sequence[Measure],
    content: Content,
    reading: Reading,
    store: Store,
    compute: Compute | None = None,
) -> list[Any]:
    """Return the state of each measure of a partition; those computed are kept in `store`.

    `content` is what `partition_content` says of `reading`. Parts of a partition of many chunks
    are worked on as `compute` says, one after the other by default. Errors as `Reading.table`.
    """
    keys = [measure.state_key(content.columns) for measure in measures]
    found = kept_states(measures, keys, store)
    missing = [at for at, state in enumerate(found) if state is None]
    if missing:
        wanted = [measures[at] for at in missing]
        made = _computed(wanted, content, reading, store, compute or Serial())
        fresh = zip(missing, wanted, made, strict=True)
        store.put_many({keys[at]: one.statistic.encode(state) for at, one, state in fresh})
        for at, state in zip(missing, made, strict=True):
            found[at] = (state,)
    return [state[0] for state in found if state]


def state_of(measure: Measure, content: Content, reading: Reading, store: Store) -> Any:
    """Return the state of one measure, as `states_of`."""
    return states_of([measure], content, reading, store)[0]


def chunk_states(
    measure: Measure, content: Content, reading: Reading, store: Store
) -> Iterator[ChunkState]:
    """Yield the state of each chunk in turn, as `states_of` left it in `store`, else of its rows.

    It tells where in a partition something is wrong. Nothing for a partition of one chunk.
    """
    if content.chunks is not None:
        yield from ChunkTree(content.chunks, reading.rows(store), store).each(measure)


def _computed(
    wanted: Sequence[Measure], content: Content, reading: Reading, store: Store, compute: Compute
) -> list[Any]:
    """Return states that are not known of the partition as a whole."""
    if content.chunks is None:
        columns = list(dict.fromkeys(name for measure in wanted for name in measure.reads()))
        return list(observed(reading.table(columns), wanted))
    tree = ChunkTree(content.chunks, reading.rows(store), store)
    merged = iter(tree.merged([one for one in wanted if not one.whole], compute))
    return [tree.whole(one) if one.whole else next(merged) for one in wanted]
