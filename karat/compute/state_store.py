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
    return decoded_state(statistic, store.get(key))


def kept_states(
    measures: Sequence[Measure], keys: Sequence[str], store: Store
) -> list[tuple[Any] | None]:
    """Return the state of each measure under the key beside it, as `kept_state`."""
    data = store.get_many(keys)
    pairs = zip(measures, keys, strict=True)
    return [decoded_state(measure.statistic, data.get(key)) for measure, key in pairs]


def decoded_state(statistic: Statistic[Any], data: bytes | None) -> tuple[Any] | None:
    """Return the state of these bytes, None where there are none or they are corrupt."""
    try:
        return None if data is None else (statistic.decode(data),)
    except CorruptError:
        return None
