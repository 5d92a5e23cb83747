"""Takes a partition's bytes and what to measure; gives states, found by name or computed once."""

from karat.compute.content import (
    Content,
    content_digest,
    known_content,
    partition_content,
    table_content,
)
from karat.compute.parquet_footer import Footer, footer
from karat.compute.processes import Processes
from karat.compute.reading import Reading
from karat.compute.states import census, state_of
from karat.compute.trade_states import trade_census
from karat.compute.work import Compute, Serial, Threads

__all__ = [
    "Compute",
    "Content",
    "Footer",
    "Processes",
    "Reading",
    "Serial",
    "Threads",
    "census",
    "content_digest",
    "footer",
    "known_content",
    "partition_content",
    "state_of",
    "table_content",
    "trade_census",
]
