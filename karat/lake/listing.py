"""A listing cut at a delimiter, as a directory shows its directories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from karat.lake.protocol import ObjectInfo, Prefix


def grouped(
    infos: Iterable[ObjectInfo], prefix: str, delimiter: str
) -> Iterator[ObjectInfo | Prefix]:
    """Yield each file, or the part of its path up to the delimiter once for all that share it.

    `infos` come by path and begin with `prefix`; so those that share a part are neighbours.
    """
    last = None
    for info in infos:
        head, found, _ = info.path[len(prefix) :].partition(delimiter)
        if not found:
            yield info
        elif head != last:
            last = head
            yield Prefix(prefix + head + delimiter)
