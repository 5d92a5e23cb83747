"""The gate: admits a partition whose newest raw gave bytes with a PASS, and says why not."""

from __future__ import annotations

from dataclasses import dataclass

from karat.compute import Reading
from karat.contracts import Contract
from karat.errors import CorruptError, InputError, ObjectNotFound, RefusedError
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.confirming import confirm
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts.ledger import Ledger
from karat.verdicts.lineage import Link
from karat.verdicts.trial import subject
from karat.verdicts.verdict import Verdict
from karat.verdicts.waiver import Waiver, against, waiver_for


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a partition may pass, and if not, why."""

    link: Link
    verdict: Verdict | None
    object: str
    reason: str
    waiver: Waiver | None = None
    """Who answers for bytes that are admitted without a PASS."""

    @property
    def admitted(self) -> bool:
        """Return whether there is nothing against it."""
        return not self.reason


def admission(
    lake: Lake,
    contract: Contract,
    link: Link,
    *,
    at: CommitId,
    sources: CommitId,
    golden: GoldenManifest | None,
    store: Store,
    clock: Clock = now_s,
) -> Admission:
    """Return the gate's answer on the bytes of commit `at`, held against `sources` as they are.

    Fails closed: without a build of the newest raw, without the bytes it gave, without a verdict
    on them under this contract, golden manifest and golden capture, or with any but a PASS that
    no waiver in force at `clock` covers.
    """
    if link.build is None:
        return Admission(link, None, "", without_verdict(link, "", known=False))
    raw = f"the newest raw {link.raw[:12]}"
    try:
        trial = subject(
            lake, contract, link.partition, at=at, sources=sources, golden=golden, store=store
        )
    except ObjectNotFound:
        return Admission(link, None, "", f"{raw} has no PASS: it is not published")
    except InputError as error:
        return Admission(link, None, "", f"{raw} has no PASS: {error}")
    ledger = Ledger(lake, whole=True)  # what a machine kept admits nothing
    verdict = ledger.verdict(contract.dataset, link.partition, trial.inputs.key)
    held = trial.candidate.digest
    reason = without_verdict(link, trial.content.digest, known=verdict is not None)
    if reason or verdict is None:
        return Admission(link, verdict, held, reason)
    waiver = waiver_for(ledger, verdict, clock())
    reason = against(waiver, verdict) or _spoiled(trial.candidate)
    return Admission(link, verdict, held, reason, None if reason else waiver)


def _spoiled(candidate: Reading) -> str:
    """Return that a file has other bytes than its writer says; empty when it has those."""
    try:
        confirm(candidate.lake, candidate.commit, candidate.info)
    except CorruptError as error:
        return str(error)
    return ""


def without_verdict(link: Link, content: str, *, known: bool) -> str:
    """Return why a partition that holds `content` has no verdict that counts; empty if it has.

    `known` says whether the ledger holds one on it under the present contract and golden.
    """
    raw = f"the newest raw {link.raw[:12]} has no PASS"
    if link.build is None:
        return f"{raw}: it is not rebuilt"
    if link.build.content != content:
        return f"{raw}: these bytes were built from another raw or opening book"
    return "" if known else f"{raw}: no verdict under the present contract and golden"


def refuse_unless_admitted(admissions: list[Admission], what: str) -> None:
    """Raise RefusedError naming every partition that is not admitted."""
    against = {str(a.link.partition): a.reason for a in admissions if not a.admitted}
    if against:
        told = "\n  ".join(f"{partition}: {reason}" for partition, reason in against.items())
        raise RefusedError(f"{what} refused: {told}", against)
