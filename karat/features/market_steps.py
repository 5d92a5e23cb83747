"""Book events into steps of episodes: what was observed, done and gained from decision to decision.

An action is a position for one step: 0 sells a lot, 1 does nothing, 2 buys one, at the best price
and valued at the middle price of the next decision point. `payoffs` tell what each would have
gained, of an agent that the market takes no notice of. The action on record is the market's own:
which way takers traded until the next decision point. Times and prices of what is observed lie
before it, and only rewards, actions and next observations are of later events.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat.features.decisions import (
    FEATURES,
    READ,
    Int64s,
    Observe,
    Observed,
    column,
    has_sides,
    mids,
    observe_market,
    signed_lots,
)
from karat.features.known_again import Known, cut_behind, known_market, times_at
from karat.messages.file_name import utf8_name
from karat.messages.schema import Kind

LENGTH = 64
"""Steps of an episode that nothing cuts short."""
WIDEST = 3
"""Spreads of so many ticks and more share a cell."""
SPLITS = np.array([-600, -200, 200, 600])
"""Where imbalances, in thousandths, fall into another cell."""


def rl_steps(capture: Path) -> pa.Table:
    """Return the steps of a file of book events: the function of `contracts/rl_steps.yaml`."""
    events = pq.read_table(utf8_name(capture), columns=READ)
    return step_table(events, known=known_market)


def step_table(
    events: pa.Table, observe: Observe = observe_market, known: Known | None = None
) -> pa.Table:
    """Return a row a step, of book events in the order of their receipt.

    `observe` gives the first of `FEATURES` and must know nothing of later events: what `known`
    makes of the events up to each row alone stands beside it, features and stamps. Without one it
    is `observe` itself, of streams that are cut behind each row, which takes 0.8 ms a row; it must
    need no more than ten decision points before it then. No rows for fewer than two of them.
    """
    events = events.combine_chunks()
    seen = observe(events)
    steps = max(len(seen.rows) - 1, 0)
    named = _stamps(events, seen, steps)
    named |= _places(events, seen, steps)
    named |= _outcomes(events, seen, steps)
    named["cell"] = _cells(seen.features[:steps], named["action"])
    now = Observed(seen.rows[:steps], seen.features[:steps])
    again = (known or cut_behind(observe))(events, now.rows)
    columns: dict[str, Any] = {name: pa.array(values) for name, values in named.items()}
    for at, feature in enumerate(FEATURES):
        columns[feature] = pa.array(now.features[:, at])
        columns[f"next_{feature}"] = pa.array(seen.features[1:, at])
        columns[f"seen_{feature}"] = pa.array(again.features[:, at])
    columns["seen_event_row"] = pa.array(again.rows)
    columns["seen_receive_time_ns"] = pa.array(times_at(events, again.rows))
    return pa.table(columns)


def _stamps(events: pa.Table, seen: Observed, steps: int) -> dict[str, Int64s]:
    rows = seen.rows[:steps]
    return {"event_row": rows, "receive_time_ns": column(events, "receive_time_ns")[rows]}


def _places(events: pa.Table, seen: Observed, steps: int) -> dict[str, Int64s]:
    """Return where steps stand in episodes; one ends when the book is interrupted, or at `LENGTH`.

    A snapshot, or a book without one of its sides, before the next decision point terminates an
    episode; the length, and the end of the events, truncate it.
    """
    kind = column(events, "kind")
    broken = (kind == Kind.SNAPSHOT) | (kind == Kind.CARRY) | ~has_sides(events)
    total = np.cumsum(broken)
    terminated = np.diff(total[seen.rows]) > 0 if steps else np.zeros(0, bool)
    begins = np.flatnonzero(np.append(True, terminated[:-1])) if steps else np.zeros(0, np.int64)
    since = np.arange(steps) - np.repeat(begins, np.diff(np.append(begins, steps)))
    step = since % LENGTH
    truncated = ~terminated & (step == LENGTH - 1)
    truncated[steps - 1 :] |= ~terminated[steps - 1 :]
    flags = {"terminated": terminated, "truncated": truncated}
    places = {"episode": np.cumsum(step == 0) - 1, "step": step} | flags
    return {name: values.astype(np.int64) for name, values in places.items()}


def _outcomes(events: pa.Table, seen: Observed, steps: int) -> dict[str, Int64s]:
    mid = mids(events)[seen.rows]
    flow = np.cumsum(signed_lots(events))[seen.rows]
    move, action = np.diff(mid)[:steps], np.sign(np.diff(flow))[:steps] + 1
    bid, ask = (column(events, f"best_{side}_ticks")[seen.rows][:steps] for side in ("bid", "ask"))
    paid = ask - bid  # half the spread, in half ticks
    payoffs = np.stack([-move - paid, 0 * move, move - paid])
    named = {"sell": payoffs[0], "hold": payoffs[1], "buy": payoffs[2]}
    reward = payoffs[action, np.arange(steps)]
    return {"action": action, "reward_half_ticks": reward} | named


def _cells(features: Int64s, action: Int64s) -> Int64s:
    """Return a number for what was observed, coarsely, and done: 3 spreads, 5 imbalances."""
    spread = np.clip(features[:, FEATURES.index("spread_ticks")], 1, WIDEST) - 1
    balance = np.searchsorted(SPLITS, features[:, FEATURES.index("imbalance_permille")], "right")
    return (spread * (len(SPLITS) + 1) + balance) * 3 + action
