"""A waiver: someone answers for bytes that have no PASS, for a reason and until a day.

The outcome stays what it is; the gate admits the bytes while a waiver is in force, and whatever
shows them shows it. It is for one content: other bytes of the same partition need another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError
from karat.lake.layout import Partition, waiver_path
from karat.signing import read_record, statement
from karat.verdicts.ledger import Ledger
from karat.verdicts.verdict import Outcome, Verdict

KIND = "waiver:1"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who answers for one content of a partition, why, and through which day (UTC).

    `critical`: also for an invariant that fails. `made_s` is when it was made. One that names
    another in `withdraws` (its digest) ends that one, and waives nothing itself.
    """

    dataset: str
    partition: str
    content: str
    who: str
    reason: str
    until: str
    critical: bool
    made_s: int
    withdraws: str = ""

    def __post_init__(self) -> None:
        if not (self.who.strip() and self.reason.strip()):
            raise InputError("a waiver is given by someone and for a reason: say both")
        _last_second(self.until)

    @property
    def digest(self) -> str:
        """Return the name of the waiver: the SHA-256 of what it says."""
        return bytes_digest(self.encode())

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        partition = Partition.parse(self.partition)
        return waiver_path(self.dataset, partition, self.content, self.digest)

    def plain(self) -> dict[str, str | int | bool]:
        """Return who answers, why and until when, and the waiver's name, as plain values."""
        said = {"digest": self.digest, "who": self.who, "reason": self.reason, "until": self.until}
        return {**said, "critical": self.critical}

    def expired(self, at_s: int) -> bool:
        """Return whether its last day is over at `at_s` (seconds since 1970, UTC)."""
        return at_s > _last_second(self.until)

    def __str__(self) -> str:
        """Return who answers, until when, and why, in a few words."""
        hard = ", invariants too" if self.critical else ""
        return f"waived by {self.who} until {self.until}{hard}: {self.reason}"

    def encode(self) -> bytes:
        """Return the waiver as a statement on its content."""
        return statement(KIND, {f"{self.dataset}/{self.partition}": self.content}, asdict(self))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Waiver:
        """Return the waiver; CorruptError naming `what` when the bytes are none."""
        return read_record(KIND, data, what, lambda body: cls(**body))


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver and why it admits nothing: expired, withdrawn, its key revoked; "" in force."""

    waiver: Waiver
    against: str


def standings(ledger: Ledger, paths: Iterable[str], at_s: int) -> list[Standing]:
    """Return the waivers recorded at `paths` as they stand at `at_s`, by partition, oldest first.

    What a revoked key withdrew stays withdrawn: in doubt, nothing is admitted.
    """
    read = [(_read(path, data), revoked) for path in paths
            for data, revoked in ledger.signed(path)]  # fmt: skip
    ended = {one.withdraws: one for one, _ in read if one.withdraws}
    found = []
    for waiver, revoked in read:
        if waiver.withdraws:
            continue
        end, against = ended.get(waiver.digest), ""
        if end is not None:
            against = f"withdrawn by {end.who}: {end.reason}"
        elif revoked:
            against = f"the key that signed it is revoked: {revoked}"
        elif waiver.expired(at_s):
            against = f"expired on {waiver.until}"
        found.append(Standing(waiver, against))
    return sorted(found, key=lambda s: (s.waiver.partition, s.waiver.made_s, s.waiver.digest))


def waiver_for(ledger: Ledger, verdict: Verdict, at_s: int) -> Waiver | None:
    """Return the waiver in force for what a verdict speaks of, None for none or for a PASS.

    Of several, one that is `critical` comes first, then the one that lasts longest, then the
    oldest: who gives one again says nothing new.
    """
    if verdict.outcome is Outcome.PASS:
        return None
    inputs = verdict.inputs
    paths = ledger.history.waivers(inputs.dataset, inputs.partition, inputs.content)
    valid = [found.waiver for found in standings(ledger, paths, at_s) if not found.against]
    return max(valid, key=lambda w: (w.critical, w.until), default=None)


def against(waiver: Waiver | None, verdict: Verdict) -> str:
    """Return why a verdict does not admit, with a waiver or without; empty when it does."""
    if verdict.outcome is Outcome.PASS:
        return ""
    failures = "; ".join(verdict.failures)
    if waiver is None:
        return failures
    hard = [f.name for f in verdict.findings
            if (f.family, f.role, f.outcome) == ("invariants", "gate", Outcome.FAIL)]  # fmt: skip
    if hard and not waiver.critical:
        return f"{failures}; its waiver is not critical, and the invariant {hard[0]!r} fails"
    return ""


def _read(path: str, data: bytes) -> Waiver:
    waiver = Waiver.decode(data, f"ledger: {path}")
    if not path.startswith(waiver.path.removesuffix(".json")):
        raise CorruptError(f"ledger: {path} is the waiver of something else")
    return waiver


def _last_second(until: str) -> int:
    """Return the last second of a day (UTC); InputError for what is no day."""
    told = f"until {until!r}: write a day as YYYY-MM-DD"
    try:
        day = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
        over = day + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise InputError(told) from error
    if str(day.date()) != until:
        raise InputError(told)
    return int(over.timestamp()) - 1
