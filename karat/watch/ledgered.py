"""What the ledger leaves open: days not rebuilt, not judged, or proved and not published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from karat.contracts import Contract
from karat.flow.judged import Trial
from karat.flow.newest import newest_refs, sources_of
from karat.flow.remembered import Memory
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import Store
from karat.verdicts import Outcome, current_golden


def places(
    lake: Lake, contract: Contract, days: Sequence[Partition], *, store: Store
) -> dict[Partition, str]:
    """Return on which branch the newest bytes of each day lie; one without them is left out."""
    found = newest_refs(lake, contract, days, store=store) if days else {}
    return {one: ref for ref, held in found.items() for one in held}


def unjudged(
    lake: Lake, contract: Contract, days: Sequence[Partition], *, store: Store
) -> list[Partition]:
    """Return those of `days` that are rebuilt, and have no verdict of these bytes and rules."""
    where = places(lake, contract, days, store=store)
    told = _outcomes(lake, contract, where, store)
    return [one for one in where if one not in told]


def unsettled(
    lake: Lake, contract: Contract, days: Sequence[Partition], *, store: Store
) -> list[Partition]:
    """Return those of `days` that a run would still do something for.

    They have no build of their newest capture, no verdict of these bytes and rules, or a PASS
    that waits on an audit branch.
    """
    where = places(lake, contract, days, store=store)
    told = _outcomes(lake, contract, where, store)
    return [one for one in days if _open(where.get(one), told.get(one))]


def _open(ref: str | None, outcome: Outcome | None) -> bool:
    return ref is None or outcome is None or (outcome is Outcome.PASS and ref != MAIN)


def _outcomes(
    lake: Lake, contract: Contract, where: dict[Partition, str], store: Store
) -> dict[Partition, Outcome]:
    """Return what the verdicts come to that are known, found by the names of files alone."""
    by_ref: dict[str, list[Partition]] = {}
    for one, ref in where.items():
        by_ref.setdefault(ref, []).append(one)
    pairs = (_of(lake, contract, ref, held, store) for ref, held in by_ref.items())
    return {one: outcome for found in pairs for one, outcome in found}


def _of(
    lake: Lake, contract: Contract, ref: str, held: Sequence[Partition], store: Store
) -> Iterator[tuple[Partition, Outcome]]:
    commit, sources = lake.resolve(ref), sources_of(lake, ref)
    golden = current_golden(lake, sources, contract.dataset)
    trial = Trial(lake, contract, commit, sources, golden, store)
    for one, known in Memory(trial).recall(held).items():
        yield one, known.outcome
