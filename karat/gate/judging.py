"""The gate where people merge: may main go to this commit? Nothing is written and nothing computed.

Judged is the *merged* tree, by the rules of publishing: every changed partition of a dataset that
has a contract has a PASS, or a waiver in force, for what it holds, under the contract and golden
days of that tree; its note says so; every book opens as the one before it closed; and karat's own
files are as their bytes justify. What a signed rollback puts back as main held it is let through.
Whatever is not understood is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from karat.contracts import Contract
from karat.errors import InputError
from karat.gate.asked import EXPECTED, Asked, Ruling
from karat.gate.changes import Changes, sorted_out
from karat.gate.known import Known
from karat.gate.metered import Meter, metered
from karat.gate.own_files import unjustified
from karat.gate.partitions import Found, Weighing
from karat.gate.rollback_record import put_back
from karat.gate.stopped import stopped_here
from karat.gate.viewed import viewed
from karat.gate.views import View, Views
from karat.lake import Commit, CommitId, Lake
from karat.lake.layout import MAIN
from karat.store import Store
from karat.telemetry import Clock, elapsed_s, now_s
from karat.verdicts import worst

PARENTS = 2


class Judge:
    """Answers for one lake, and remembers what it has seen; safe for threads.

    `store` keeps which content files have: of a file that it does not know, the columns are read
    once. What it gives is believed, as everywhere. Raises InputError for two contracts of one
    dataset, or none.
    """

    def __init__(
        self, lake: Lake, contracts: Sequence[Contract], *, store: Store, clock: Clock = now_s
    ) -> None:
        self._contracts = {contract.dataset: contract for contract in contracts}
        if not contracts or len(self._contracts) < len(contracts):
            raise InputError("the gate needs contracts, one for each dataset: name their files")
        self._meter = Meter()
        counted = metered(lake, self._meter)
        self._views = Views(counted)
        self._lake = viewed(counted, self._views)
        self._known, self._store, self._clock = Known(self._lake), store, clock

    def judge(self, asked: Asked) -> Ruling:
        """Return whether main may go to a merge; the same each time, until something else is known.

        Raises RefNotFound for a commit that is not there, UnavailableError when the lake is in the
        way, CorruptError and UntrustedError when the ledger is not what was signed.
        """
        began, calls, seconds = elapsed_s(), self._meter.calls, self._meter.seconds
        commit = self._lake.commit_info(asked.commit)
        head, found, changes = "", Found(), Changes()
        if len(commit.parents) != PARENTS or asked.source not in {"", commit.parents[-1]}:
            found.reasons["merge"] = f"{commit.id[:12]} is not the merge of what was named"
        else:
            head = commit.parents[0]
            given = list(self._lake.diff(head, commit.id))
            changes = sorted_out(given, self._contracts)
            self._weigh(self._views.merged(commit.id, head, given), commit, changes, found)
            found.reasons.update(_head(asked, head, changes))
        taken = elapsed_s() - began
        in_lake = self._meter.seconds - seconds
        return Ruling(
            commit.id,
            head,
            sum(map(len, changes.touched.values())),
            str(worst(found.outcomes)) if found.outcomes else "",
            found.reasons,
            found.waived,
            taken - in_lake,
            in_lake,
            self._meter.calls - calls,
        )

    @property
    def remembered(self) -> int:
        """Return how many things are known and not looked at again."""
        return self._known.count

    def reach(self) -> None:
        """Ask the lake for main and the ledger; its errors when either cannot be had."""
        self._lake.head(MAIN)
        self._known.renew()

    def _weigh(self, view: View, commit: Commit, changes: Changes, found: Found) -> None:
        found.reasons.update(changes.unjustified)
        found.reasons.update(unjustified(self._lake, view.commit, changes.own))
        ledger = self._known.renew()
        for dataset, contract in self._contracts.items():
            taken, own = changes.taken[dataset], Found({}, found.waived, found.outcomes)
            own.reasons.update(
                (str(one), "main would lose it: what is proved stays") for one in taken
            )
            touched = {p: d for p, d in changes.touched[dataset].items() if p not in taken}
            if touched:
                where = (self._known, ledger, contract, view, self._store, self._clock)
                Weighing(*where).weigh(touched, own)
                own.reasons.update(stopped_here(ledger, dataset, touched, self._clock()))
            against = [one for one in {*touched, *taken} if str(one) in own.reasons]
            for one in put_back(self._lake, ledger, dataset, commit, against) if against else ():
                del own.reasons[str(one)]
            found.reasons.update(own.reasons)


def _head(asked: Asked, head: CommitId, changes: Changes) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the head that was expected; sources may come without any.

    They touch nothing that is gated: what they speak for is judged when it is asked for.
    """
    said = asked.metadata.get(EXPECTED)
    gated = any(changes.touched.values()) or any(changes.taken.values())
    needed = gated or changes.own or changes.strange
    if said is None and needed:
        yield EXPECTED, f"give the merge the metadata {EXPECTED}={head}: the head it was judged on"
    elif said not in {None, head}:
        yield EXPECTED, f"main is at {head[:12]}, not at {str(said)[:12]}: judge it again"


def judge_merge(
    lake: Lake,
    contracts: Sequence[Contract],
    asked: Asked,
    *,
    store: Store,
    clock: Clock = now_s,
) -> Ruling:
    """Return whether main may go to one merge; errors as `Judge.judge`, and `Judge`'s own."""
    return Judge(lake, contracts, store=store, clock=clock).judge(asked)
