"""What was seen of a lake before, as the one line of text that a sensor keeps: its cursor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from karat.errors import InputError
from karat.lake.layout import Partition

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    """What main held at `commit`: one root for each instrument's files.

    `generation` counts what was asked for, so that the same content is asked for again after
    another. `rules` names what holds for all of them. `waiting` was found changed and is not asked
    for yet. It is not `whole` while instruments are left that nobody has looked at.
    """

    generation: int
    commit: str = ""
    rules: str = ""
    roots: Mapping[str, str] = field(default_factory=dict)
    waiting: frozenset[Partition] = frozenset()
    whole: bool = False

    def encode(self) -> str:
        """Return it as a line of JSON: of the same lake always the same."""
        said = {
            "version": 1,
            "generation": self.generation,
            "commit": self.commit,
            "rules": self.rules,
            "roots": dict(sorted(self.roots.items())),
            "waiting": _packed(self.waiting),
            "whole": self.whole,
        }
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> Seen:
        """Return what was seen; InputError for a text that none of ours is."""
        try:
            said = json.loads(text)
            waiting = frozenset(_unpacked(said.pop("waiting")))
            return _VERSIONS[said.pop("version")](waiting=waiting, **said)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"the cursor {text[:40]!r} cannot be read ({error}): empty it, and the ledger is "
                "asked what is left to do"
            ) from error


_VERSIONS = {1: Seen}


def _packed(partitions: Iterable[Partition]) -> dict[str, list[str]]:
    """Return days by instrument, those that follow each other as one stretch."""
    days: dict[str, list[date]] = {}
    for one in sorted(partitions):
        days.setdefault(one.instrument, []).append(date.fromisoformat(one.date))
    return {name: [*_stretches(found)] for name, found in days.items()}


def _stretches(days: Sequence[date]) -> Iterator[str]:
    first = days[0]
    for day, after in zip(days, [*days[1:], None], strict=True):
        if after != day + DAY:
            yield f"{first}..{day}"
            first = after or first


def _unpacked(said: Mapping[str, Sequence[str]]) -> Iterator[Partition]:
    for name, stretches in said.items():
        for stretch in stretches:
            first, last = map(date.fromisoformat, stretch.split(".."))
            for n in range((last - first).days + 1):
                yield Partition(name, str(first + n * DAY))
