"""Whether books carry over between the partitions that a merge changes and those beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from karat.flow.chains import first_break
from karat.flow.note import Note
from karat.gate.known import Known
from karat.lake.layout import Partition
from karat.verdicts import Ledger, Link


def broken(
    known: Known,
    ledger: Ledger,
    dataset: str,
    days: Sequence[Link],
    notes: Mapping[Partition, Note],
    touched: Iterable[Partition],
) -> dict[str, str]:
    """Return, of `touched` days of one instrument, those whose books do not fit, and beside which.

    `days` are all of the instrument in order, `notes` what the merged tree says of each: the build
    that a note names is what stands there.
    """
    told = {one: known.build(ledger, dataset, one, note) for one, note in notes.items()}
    published = {one: build for one, build in told.items() if build}
    left = published.keys() & set(touched)
    merged = [replace(day, build=published[day.partition]) if day.partition in left else day
              for day in days]  # fmt: skip
    reasons = {}
    while found := first_break(merged, published, left):
        partition, why = found
        left.discard(partition)
        reasons[str(partition)] = why
    return reasons
