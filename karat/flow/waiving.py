"""Waivers: given for the present bytes of a partition, listed, and withdrawn; always on record."""

from __future__ import annotations

from dataclasses import replace

from karat.contracts import Contract
from karat.errors import InputError
from karat.flow.newest import newest_refs, sources_of
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger, Outcome, Verdict, current_golden, record, subject
from karat.verdicts.waiver import Standing, Waiver, standings


def waive(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    *,
    who: str,
    reason: str,
    until: str,
    critical: bool = False,
    store: Store,
    clock: Clock = now_s,
) -> tuple[Waiver, Verdict]:
    """Let the gate admit the newest bytes of a partition through the day `until`, as they are.

    Return the waiver and the verdict it waives; that one's outcome stays. Where an invariant
    fails, a waiver that is not `critical` admits nothing. Raises InputError when there are no
    bytes or no verdict on them, when they have a PASS, or when the day is over.
    """
    verdict = _verdict(lake, contract, partition, store)
    content, now = verdict.inputs.content, clock()
    waiver = Waiver(
        contract.dataset, str(partition), content, who, reason, until, critical, now
    )  # fmt: skip
    if verdict.outcome is Outcome.PASS:
        raise InputError(f"{partition}: has a PASS: there is nothing to waive")
    if waiver.expired(now):
        raise InputError(f"until {until}: that day is over: name one that is not")
    record(lake, {waiver.path: waiver.encode()}, f"Waive {partition} until {until}")
    return waiver, verdict


def withdraw(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    *,
    who: str,
    reason: str,
    clock: Clock = now_s,
) -> list[Waiver]:
    """End every waiver of a partition that is in force, and return them; InputError for none."""
    now = clock()
    mine = waivers(lake, clock=lambda: now)
    ended = [
        found.waiver
        for found in mine
        if not found.against
        and (found.waiver.dataset, found.waiver.partition) == (contract.dataset, str(partition))
    ]
    if not ended:
        raise InputError(f"{partition}: no waiver is in force")
    ends = [replace(one, who=who, reason=reason, made_s=now, withdraws=one.digest) for one in ended]
    statements = {end.path: end.encode() for end in ends}
    record(lake, statements, f"Withdraw {len(ends)} waivers of {partition}")
    return ended


def waivers(lake: Lake, *, clock: Clock = now_s) -> list[Standing]:
    """Return every waiver on record, by partition, oldest first."""
    ledger = Ledger(lake)
    return standings(ledger, ledger.history.all_waivers(), clock())


def _verdict(lake: Lake, contract: Contract, partition: Partition, store: Store) -> Verdict:
    found = newest_refs(lake, contract, [partition], store=store)
    if not found:
        raise InputError(f"{partition}: its newest raw capture is not rebuilt: nothing to waive")
    (ref,) = found
    sources = sources_of(lake, ref)
    golden = current_golden(lake, sources, contract.dataset)
    at = lake.resolve(ref)
    case = subject(lake, contract, partition, at=at, sources=sources, golden=golden, store=store)
    verdict = Ledger(lake).verdict(contract.dataset, partition, case.inputs.key)
    if verdict is None:
        raise InputError(f"{partition}: no verdict on its newest bytes: run karat validate first")
    return verdict
