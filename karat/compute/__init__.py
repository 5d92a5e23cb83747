"""Takes a partition's bytes and what to measure; gives states, found by name or computed once."""

from karat.compute.content import (
    Content,
    content_digest,
    table_content,
)
from karat.compute.indexing import file_content, index_file, known_content, partition_content
from karat.compute.missing_states import Unread, unread
from karat.compute.parquet_footer import Footer, footer
from karat.compute.processes import Processes
from karat.compute.reading import Reading
from karat.compute.state_tree import chunk_states, state_of, states_of
from karat.compute.states import census
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
    "Unread",
    "census",
    "chunk_states",
    "content_digest",
    "file_content",
    "footer",
    "index_file",
    "known_content",
    "partition_content",
    "state_of",
    "states_of",
    "table_content",
    "trade_census",
    "unread",
]
