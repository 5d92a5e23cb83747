"""What is wrong, as people are told of it: once when it begins and once when it is over."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from karat.digest import digest

Sort = Literal["fail", "breaker", "overdue", "audit", "test"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing wrong with an instrument of a dataset ("": with all of it).

    While it lasts there is one of its `sort` for an instrument, however its words change.
    """

    sort: Sort
    dataset: str
    instrument: str
    summary: str
    details: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what tells one incident from another."""
        return f"{self.sort}/{self.dataset}/{self.instrument}"

    def encode(self) -> str:
        """Return the incident as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> Incident:
        """Return the incident that `encode` wrote."""
        body = json.loads(text)
        return cls(**body | {"details": tuple(body["details"])})


@dataclass(frozen=True, slots=True)
class Letter:
    """What one receiver is told of an incident: that it began, or that it is over, at `at_s`.

    `id` is the same however often it is sent: who gets it twice may drop the second.
    """

    incident: Incident
    over: bool
    began_s: int
    at_s: int

    @property
    def id(self) -> str:
        """Return the letter's name."""
        parts = self.incident.key, str(self.began_s), "over" if self.over else "begun"
        return digest("letter/1", *parts)[:32]

    def plain(self) -> dict[str, Any]:
        """Return what a webhook is sent."""
        said = {"id": self.id, "event": "resolved" if self.over else "opened"}
        times = {"began_s": self.began_s, "at_s": self.at_s}
        return said | asdict(self.incident) | times | {"details": list(self.incident.details)}
