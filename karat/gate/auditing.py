"""What came to main without a PASS: each of its commits held against the ledger, afterwards.

A hook can be got round: lakeFS takes the actions of the branch that is merged. Who reads training
datasets refuses such bytes anyway; this names the commits that brought them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from karat.compute import Reading, partition_content
from karat.contracts import Contract
from karat.errors import InputError, KaratError, ObjectNotFound, UnavailableError
from karat.flow.note import Note
from karat.gate.chain import Chain
from karat.gate.changes import sorted_out
from karat.gate.known import Known, is_digest
from karat.gate.raw_days import RawDays
from karat.gate.rollback_record import put_back
from karat.gate.viewed import viewed
from karat.gate.views import Views
from karat.lake import Commit, CommitId, Lake
from karat.lake.confirming import confirm
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import Store
from karat.telemetry import Progress, silent
from karat.verdicts import Ledger, Outcome, Verdict, against
from karat.verdicts.adoption import adopted
from karat.verdicts.waiver import standings


@dataclass(frozen=True, slots=True)
class Unproved:
    """A commit of main that touched gated paths, and what speaks against each of them."""

    commit: CommitId
    created_at_s: int
    message: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Audit:
    """How many commits were looked at, how many touched gated paths, and which had no PASS."""

    commits: int
    gated: int
    unproved: tuple[Unproved, ...]


def audit(
    lake: Lake,
    contracts: Sequence[Contract],
    *,
    store: Store,
    since: CommitId | None = None,
    progress: Progress = silent,
) -> Audit:
    """Hold each commit of main, newest first, against the ledger as it is now.

    Each partition that a commit brought must have had a note of a verdict that speaks of its bytes,
    with a PASS or a waiver in force that day, under the golden days in force at that commit, and a
    build of the raw capture that was there; and its book must have carried over. Under which
    contract, was for that day to say. Looked at are the commits after `since`, or all. A key that
    is revoked by now takes what it signed with it.

    Raises InputError when `since` is no commit of main, CorruptError for a ledger that is damaged.
    """
    commits = list(_commits(lake, since))
    auditor = _Auditor(lake, contracts, store)
    found, gated = [], 0
    for number, commit in enumerate(commits, 1):
        touched, reasons = auditor.look(commit)
        gated += touched
        if reasons:
            found.append(Unproved(commit.id, commit.created_at_s, commit.message, reasons))
        progress("audit", number, len(commits), commit.id[:12])
    return Audit(len(commits), gated, tuple(found))


def _commits(lake: Lake, since: CommitId | None) -> Iterator[Commit]:
    for commit in lake.log(MAIN, first_parent=True):
        if commit.id == since:
            return
        if commit.parents:
            yield commit
    if since is not None:
        raise InputError(f"{since[:12]} is no commit of main: name one that karat lake log shows")


class _Auditor:
    """Looks at one commit after another; what they share is looked at once."""

    def __init__(self, lake: Lake, contracts: Sequence[Contract], store: Store) -> None:
        self._views = Views(lake)
        self._lake, self._store = viewed(lake, self._views), store
        self._known = Known(self._lake)
        self._contracts = {contract.dataset: contract for contract in contracts}
        self._ledger = self._known.renew()

    def look(self, commit: Commit) -> tuple[bool, dict[str, str]]:
        """Return whether a commit touched gated paths, and what speaks against them."""
        changes = sorted_out(self._lake.diff(commit.parents[0], commit.id), self._contracts)
        reasons = changes.unjustified
        for dataset, contract in self._contracts.items():
            taken, touched = changes.taken[dataset], changes.touched[dataset]
            against = {str(one): "main lost it" for one in taken}
            for instrument in sorted({one.instrument for one in touched}):
                own = [p for p in touched if p.instrument == instrument and p not in taken]
                against |= self._days(contract, commit, instrument, own)
            named = [one for one in {*touched, *taken} if str(one) in against]
            for one in put_back(self._lake, self._ledger, dataset, commit, named):
                del against[str(one)]
            reasons |= against
        some = any(changes.touched.values()) or any(changes.taken.values())
        return some or bool(changes.strange), reasons

    def _days(
        self, contract: Contract, commit: Commit, instrument: str, own: Sequence[Partition]
    ) -> dict[str, str]:
        """Return what speaks against days of one instrument, as they are at a commit."""
        view = self._views.at(commit.id)
        raw = RawDays(self._known, self._ledger, contract, view, instrument)
        chain, reasons = Chain(raw, frozenset(own)), {}
        for day in own:
            try:
                why = self._against(contract.dataset, commit, day, chain.note(day))
            except UnavailableError:
                raise
            except KaratError as error:
                why = str(error)
            if why:
                reasons[str(day)] = why
        try:
            return reasons | chain.broken()
        except (InputError, ObjectNotFound) as error:  # its reference data is gone, or no table
            return {str(day): str(error) for day in own} | reasons

    def _against(self, dataset: str, commit: Commit, day: Partition, note: Note | None) -> str:
        if note is None:
            return "it came without a note of its verdict"
        verdict = self._verdict(dataset, day, note)
        if verdict is None:
            return f"the ledger has no verdict {note.verdict[:12]!r}"
        path = dataset_path(dataset, day.instrument, day.date)
        confirm(self._lake, commit.id, self._lake.stat(commit.id, path))
        content = partition_content(Reading(self._lake, commit.id, path), self._store).digest
        if not content == note.content == verdict.inputs.content:
            return f"verdict {verdict.key[:12]} speaks of other bytes"
        if verdict.inputs.golden != (adopted(self._lake, commit.id, dataset) or ""):
            return f"verdict {verdict.key[:12]} is under another golden manifest"
        build = self._known.build(self._ledger, dataset, day, note)
        raw = self._raw(dataset, commit.id, day)
        if build is None or (build.content, build.raw) != (content, raw):
            return "the ledger has no build of these bytes from the raw capture that was there"
        return _unwaived(self._ledger, verdict, note, commit.created_at_s)

    def _verdict(self, dataset: str, day: Partition, note: Note) -> Verdict | None:
        known = is_digest(note.verdict)
        return self._ledger.verdict(dataset, day, note.verdict) if known else None

    def _raw(self, dataset: str, commit: CommitId, day: Partition) -> str:
        folder = self._contracts[dataset].source.folder
        path = dataset_path(folder, day.instrument, day.date)
        try:
            return self._lake.stat(commit, path).content_hash
        except ObjectNotFound:
            return ""


def _unwaived(ledger: Ledger, verdict: Verdict, note: Note, at_s: int) -> str:
    """Return why a verdict did not admit at `at_s`, with the waiver that a note names."""
    if verdict.outcome is Outcome.PASS:
        return ""
    inputs = verdict.inputs
    paths = ledger.history.waivers(inputs.dataset, inputs.partition, inputs.content)
    found = {one.waiver.digest: one for one in standings(ledger, paths, at_s)}
    named = found.get(note.waiver)
    if named and named.against:
        return f"{verdict.outcome}, and its waiver: {named.against}"
    return against(named.waiver if named else None, verdict)
