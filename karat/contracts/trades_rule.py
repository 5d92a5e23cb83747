"""What a contract may say about trades held against a golden capture of trades."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from karat.contracts.values import Name, Part, Share


class TradesRule(Part):
    """What a census of trades, joined on `id`, must show where golden trades were captured.

    `fields` are the columns of price, size, side and event time, in this order. Shares are of the
    trades on either side, inside the ids that both captures cover; `min_coverage` is the share
    of our trades that lie there. The rebuild is suspect of a trade that it lacks or repeats,
    golden of one that it does, and nobody of one that is `differing` in a field.
    """

    rows: str
    id: Name
    fields: Annotated[tuple[Name, ...], Field(min_length=4, max_length=4)]
    min_compared: Annotated[int, Field(ge=1)]
    min_coverage: Share
    differing: Share = "0"
    rebuild_suspect: Share = "0"
    golden_suspect: Share = "0.001"
