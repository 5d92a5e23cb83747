"""States as a store keeps them: whole, or made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from karat.contracts import Measure
from karat.errors import CorruptError
from karat.states import Statistic
from karat.store import Store


def kept_state(statistic: Statistic[Any], key: str, store: Store) -> tuple[Any] | None:
    """Return the state in `store`; None when it is absent or corrupt: it is then made again."""
    return decoded_states([statistic], [key], store)[0]


def kept_states(
    measures: Sequence[Measure], keys: Sequence[str], store: Store
) -> list[tuple[Any] | None]:
    """Return the state of each measure under the key beside it, as `kept_state`."""
    return decoded_states([measure.statistic for measure in measures], keys, store)


def decoded_states(
    statistics: Sequence[Statistic[Any]], keys: Sequence[str], store: Store
) -> list[tuple[Any] | None]:
    """Return the state of each statistic under the key beside it, all by one look.

    Bytes that are no state of it are rejected, which the store counts.
    """
    data = store.get_many(keys)
    found: list[tuple[Any] | None] = []
    for statistic, key in zip(statistics, keys, strict=True):
        try:
            found.append((statistic.decode(data[key]),) if key in data else None)
        except CorruptError:
            store.reject([key])
            found.append(None)
    return found
