"""Takes a lake and what was seen of it before; gives what is to be run now, in fair batches."""

from karat.watch.batches import Batch, batched
from karat.watch.captures import look_at_captures
from karat.watch.looking import Look
from karat.watch.rules import look_at_golden, look_at_rules
from karat.watch.seen import Seen

__all__ = [
    "Batch",
    "Look",
    "Seen",
    "batched",
    "look_at_captures",
    "look_at_golden",
    "look_at_rules",
]
