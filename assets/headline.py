"""The few facts that a person looks for first: which statistic, by how much, where in the day."""

from collections.abc import Sequence
from typing import Any

from karat.flow.offenders import PLACES
from karat.verdicts import Finding
from karat.verdicts.chunk_findings import SUFFIX, chunk_of

SCORE = "score"


def headline(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the facts about one family's findings, what decides first; as Dagster's metadata.

    For distances: the score beside its quantile q, the farthest statistic and the bounds of its
    distance. For rules on rows: how many break it, and how many may. Facts that there are not are
    left out: a family that passes has no place to look at.
    """
    first = findings[0]
    worst = _worst(first, findings)
    numbers = worst.numbers
    told: dict[str, Any] = {"worst statistic": _named(first)}
    if "q" in first.numbers and SCORE in first.numbers:
        score, q = float(first.numbers[SCORE]), float(first.numbers["q"])
        told |= {"score": score, "q": q} | ({"score / q": score / q} if q else {})
    if "low" in numbers:
        told["interval"] = f"{float(numbers['low']):.6g} to {float(numbers['high']):.6g}"
    if {"violations", "checked", "allowance"} <= numbers.keys():
        told["offenders"] = f"{numbers['violations']} of {numbers['checked']} rows"
        told["allowed"] = f"{numbers['allowance']}"
    return told | _place(first, worst)


def _worst(first: Finding, findings: Sequence[Finding]) -> Finding:
    """Return the finding that the score is of; the first itself for any other rule."""
    name = str(first.numbers.get("worst", first.name)).removesuffix(SUFFIX)
    return next((f for f in findings if f.name == name), first)


def _named(first: Finding) -> str:
    return str(first.numbers.get("worst", first.name))


def _place(first: Finding, worst: Finding) -> dict[str, str]:
    """Return the farthest stretch of time, or the id at which the first offender stands."""
    if chunk := chunk_of(first) or chunk_of(worst):
        return {"worst chunk": chunk}
    at = [str(worst.numbers[name]) for name in PLACES if name in worst.numbers]
    return {"first at": at[0]} if at else {}
