"""What was found about a partition, and what follows from it; a value without time or place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from karat.contracts import Family, Role
from karat.digest import digest
from karat.errors import CorruptError
from karat.signing import read_statement, statement
from karat.verdicts.level import LESSER

FORMAT = 1
KIND = "verdict:1"
KEY_DOMAIN = "verdict/1"
Number = int | float | str


class Outcome(StrEnum):
    """PASS is earned; FAIL is shown; INCONCLUSIVE is neither, and admits nothing."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
"""Outcomes by name: looking one up in its class takes longer than comparing two distances."""
_SEVERITY = (PASS, OPEN, FAIL)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return FAIL before INCONCLUSIVE before PASS; INCONCLUSIVE for none at all.

    >>> str(worst([Outcome.PASS, Outcome.INCONCLUSIVE])), str(worst([]))
    ('INCONCLUSIVE', 'INCONCLUSIVE')
    """
    found = None
    for outcome in outcomes:
        if outcome is FAIL:
            return FAIL
        if found is None or outcome is OPEN:
            found = outcome
    return OPEN if found is None else found


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule held against one partition; `numbers` are what was measured and the bounds."""

    family: Family
    role: Role
    name: str
    outcome: Outcome
    reason: str
    numbers: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a verdict depends on, by digest.

    `golden` is the golden manifest ("" for none), `paired` the content digest of the golden
    capture of the same interval ("" for none), `states` the state keys in contract order.
    """

    dataset: str
    partition: str
    content: str
    states: tuple[str, ...]
    golden: str
    paired: str
    contract: str
    level: str
    judge: int

    @property
    def key(self) -> str:
        """Return the verdict's name."""
        of = self.partition, self.content, self.states, self.golden, self.paired
        return verdict_key(self.dataset, *of, self.contract, self.level, self.judge)


def verdict_key(
    dataset: str,
    partition: str,
    content: str,
    states: Sequence[str],
    golden: str,
    paired: str,
    contract: str,
    level: str,
    judge: int,
) -> str:
    """Return the name of a verdict by all that it depends on, as in `Inputs`."""
    what = dataset, partition, content, len(states)
    return digest(KEY_DOMAIN, *what, *states, golden, paired, contract, level, judge)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a partition: the worst of its gate findings."""

    inputs: Inputs
    findings: tuple[Finding, ...]

    @property
    def key(self) -> str:
        """Return the verdict's name, by all it depends on."""
        return self.inputs.key

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome of the gate findings; a lesser level never gives PASS."""
        found = worst(f.outcome for f in self.findings if f.role == "gate")
        lesser = self.inputs.level in LESSER and found is Outcome.PASS
        return Outcome.INCONCLUSIVE if lesser else found

    @property
    def failures(self) -> list[str]:
        """Return why the outcome is not PASS, worst first; empty for PASS."""
        bad = [f for f in self.findings if f.role == "gate" and f.outcome is not Outcome.PASS]
        bad.sort(key=lambda f: -_SEVERITY.index(f.outcome))
        return [f"{f.outcome} {f.family}: {f.name}: {f.reason}" for f in bad]

    def body(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "format": FORMAT,
            "outcome": str(self.outcome),
            "inputs": _plain(self.inputs),
            "findings": [_plain(finding) for finding in self.findings],
        }

    def encode(self) -> bytes:
        """Return the verdict as a statement on its content; equal verdicts have equal bytes."""
        subject = f"{self.inputs.dataset}/{self.inputs.partition}"
        return statement(KIND, {subject: self.inputs.content}, self.body())

    @classmethod
    def decode(cls, data: bytes, key: str) -> Verdict:
        """Return the verdict called `key`.

        Raises CorruptError when the bytes are none, name another, or contradict themselves. That
        they are what was recorded, its signature tells.
        """
        what = f"verdict {key[:12]}"
        _, body = read_statement(KIND, data, what)
        try:
            inputs = Inputs(**{**body["inputs"], "states": tuple(body["inputs"]["states"])})
            findings = tuple(
                Finding(**{**f, "outcome": Outcome(f["outcome"])}) for f in body["findings"]
            )
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptError(f"{what} cannot be read: {error}") from error
        verdict = cls(inputs, findings)
        if verdict.key != key or verdict.encode() != data:
            raise CorruptError(f"{what} is not what its name says")
        return verdict


def _plain(of: Finding | Inputs) -> dict[str, Any]:
    """Return the fields by name; `dataclasses.asdict` copies each value, ten times as slowly."""
    return {name: getattr(of, name) for name in of.__slots__}
