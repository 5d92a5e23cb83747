"""What goes together: a partition, and the days after it that open with the book it leaves."""

from collections.abc import Iterator, Sequence

from karat.flow import newest_refs
from karat.lake.layout import MAIN, Partition
from karat.messages import RESET
from karat.resources import Connection
from karat.verdicts import Link, links
from karat.verdicts.lineage import raw_partitions


def chain(on: Connection, partitions: Sequence[Partition]) -> Iterator[Link]:
    """Yield `partitions` and their carry-dependants with their builds, day after day."""
    head = on.lake.head(MAIN)
    for instrument in sorted({p.instrument for p in partitions}):
        hangs = False
        for link in links(on.lake, head, on.contract.dataset, instrument, on.contract.source):
            carried = link.build is not None and link.build.opening != RESET
            hangs = link.partition in partitions or (hangs and carried)
            if hangs:
                yield link


def newest_with_chain(
    on: Connection, partitions: Sequence[Partition] | None
) -> dict[str, list[Partition]]:
    """Return, by branch, where the newest bytes of `partitions` and of what hangs on them lie.

    An audit branch is judged and published as a whole, so all that is newest there is named. None
    asks for everything. A partition whose newest raw is not rebuilt is left out.
    """
    if partitions is None:
        return newest_refs(on.lake, on.contract, store=on.store)
    bound = [link.partition for link in chain(on, partitions)]
    head, instruments = on.lake.head(MAIN), {p.instrument for p in partitions}
    days = [day for name in instruments for day in _raw(on, head, name)]
    newest = newest_refs(on.lake, on.contract, days, store=on.store)
    found = {MAIN: [p for p in newest.pop(MAIN, []) if p in bound]}
    found |= {ref: held for ref, held in newest.items() if set(held) & set(partitions)}
    return {ref: held for ref, held in found.items() if held}


def _raw(on: Connection, head: str, instrument: str) -> list[Partition]:
    return raw_partitions(on.lake, head, instrument, on.contract.source)
