"""What was measured of one partition, with the names of all that went into it, and many of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from karat.errors import CorruptError
from karat.verdicts.facts import Facts
from karat.verdicts.facts_format import REFINED, facts_of_plain, plain_facts
from karat.verdicts.judging import Candidate
from karat.verdicts.verdict import Inputs, verdict_key

FORMAT = 2
PLAIN = 1
"""The format of measurements none of which was refined: they are written as ever."""
_HEADS = tuple(f'{{"format":{one},"dataset":'.encode() for one in (FORMAT, PLAIN))
_text_of = json.JSONDecoder().raw_decode


class Under(NamedTuple):
    """What many verdicts share, as in `Inputs`."""

    dataset: str
    golden: str
    contract: str
    level: str
    judge: int


class Measurement(NamedTuple):
    """A partition's content, rows and stratum, what a verdict on it depends on, and the facts.

    `states` and `paired` are as in `Inputs`. Facts are `said` as plain values, for many are
    handed on as they are.
    """

    content: str
    rows: int
    stratum: str
    states: Sequence[str]
    paired: str
    said: dict[str, Any]

    @classmethod
    def of(cls, inputs: Inputs, rows: int, stratum: str, facts: Facts) -> Measurement:
        """Return what was measured for the verdict with these inputs."""
        said = plain_facts(facts)
        return cls(inputs.content, rows, stratum, inputs.states, inputs.paired, said)

    @property
    def facts(self) -> Facts:
        """Return what was measured; CorruptError where that cannot be read."""
        try:
            return facts_of_plain(self.said)
        except (KeyError, ValueError, TypeError, ZeroDivisionError) as error:
            raise CorruptError(f"what was measured of {self.content[:12]}: {error!r}") from error

    @property
    def refined(self) -> bool:
        """Return whether a distance of it is known by all golden values."""
        return REFINED in self.said

    def candidate(self, partition: str) -> Candidate:
        """Return what is judged."""
        return Candidate(partition, self.content, self.rows, self.stratum)

    def inputs(self, under: Under, partition: str) -> Inputs:
        """Return all that the verdict on a partition depends on."""
        return Inputs(
            dataset=under.dataset,
            partition=partition,
            content=self.content,
            states=tuple(self.states),
            golden=under.golden,
            paired=self.paired,
            contract=under.contract,
            level=under.level,
            judge=under.judge,
        )

    def key(self, under: Under, partition: str) -> str:
        """Return the name of the verdict on a partition."""
        of = partition, self.content, self.states, under.golden, self.paired
        return verdict_key(under.dataset, *of, under.contract, under.level, under.judge)

    def plain(self) -> list[Any]:
        """Return it as plain values."""
        return [*self]

    @classmethod
    def of_plain(cls, said: Sequence[Any]) -> Measurement:
        """Return what `plain` wrote; ValueError or TypeError for anything else."""
        return cls(*said)


def encoded(dataset: str, measured: Mapping[str, Measurement]) -> bytes:
    """Return measurements by partition as one text; equal ones have equal bytes."""
    body = {name: measured[name].plain() for name in sorted(measured)}
    refined = any(one.refined for one in measured.values())
    said = {"format": FORMAT if refined else PLAIN, "dataset": dataset, "measured": body}
    return json.dumps(said, separators=(",", ":")).encode()


def decoded_one(data: bytes, partition: str) -> Measurement | None:
    """Return the measurement of one partition from a text of many; None to have all decoded.

    For a few of a thousand this takes a tenth of the time. Only its key stands before a list
    unless rules bear names of partitions, and then it is found more than once.
    """
    key = f"{json.dumps(partition)}:[".encode()
    at = data.find(key)
    if not data.startswith(_HEADS) or at < 0 or data.find(key, at + 1) >= 0:
        return None
    text = data[at + len(key) - 1 :].decode()
    try:
        return Measurement.of_plain(_text_of(text)[0])
    except (ValueError, TypeError):
        return None


def decoded(data: bytes, what: str) -> dict[str, Measurement]:
    """Return measurements by partition; CorruptError naming `what` where there are none."""
    try:
        said = json.loads(data)
        if said["format"] not in (FORMAT, PLAIN):
            raise CorruptError(f"{what} is of format {said['format']}: read it with a later karat")
        return {name: Measurement.of_plain(one) for name, one in said["measured"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{what} cannot be read: {error!r}") from error
