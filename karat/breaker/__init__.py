"""Takes verdicts as they are recorded; gives breakers that stop publication and training."""

from karat.breaker.event import Event, Kind
from karat.breaker.guarding import cause, holds, moment, refuse_while_open, stopped, told
from karat.breaker.judgements import Judgement, counting
from karat.breaker.moving import LEASE_S, claim, confirm, reset
from karat.breaker.reading import breaker_of, breakers
from karat.breaker.state import Breaker, Phase

__all__ = [
    "LEASE_S",
    "Breaker",
    "Event",
    "Judgement",
    "Kind",
    "Phase",
    "breaker_of",
    "breakers",
    "cause",
    "claim",
    "confirm",
    "counting",
    "holds",
    "moment",
    "refuse_while_open",
    "reset",
    "stopped",
    "told",
]
