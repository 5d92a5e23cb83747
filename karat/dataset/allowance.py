"""An allowance: someone answers for reading a training dataset although parts of it were revoked.

It names the revocations it answers for: what is revoked later refuses the dataset again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from karat.dataset.manifest import Manifest
from karat.dataset.revocation import revocations_of
from karat.dataset.tagged import manifest_of
from karat.dataset.version import named
from karat.digest import bytes_digest
from karat.errors import InputError, NotFoundError
from karat.lake import Lake
from karat.lake.layout import allowance_path, allowance_prefix
from karat.signing import read_record, statement
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger, record

KIND = "allowance:1"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Who answers for reading `name`@`version` all the same, and why; `made_s` is when.

    `manifest` is the digest of the manifest, `revocations` are those it answers for.
    """

    name: str
    version: str
    manifest: str
    revocations: tuple[str, ...]
    who: str
    reason: str
    made_s: int

    def __post_init__(self) -> None:
        if not (self.who.strip() and self.reason.strip()):
            raise InputError("a revoked dataset is allowed by someone and for a reason: say both")

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        return allowance_path(self.name, self.version, bytes_digest(self.encode()))

    def __str__(self) -> str:
        """Return who answers, and why, in a few words."""
        return f"allowed by {self.who}: {self.reason}"

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {"revocations": list(self.revocations)}

    def encode(self) -> bytes:
        """Return the allowance as a statement on the manifest."""
        return statement(KIND, {f"{self.name}@{self.version}": self.manifest}, self.plain())

    @classmethod
    def decode(cls, data: bytes, what: str) -> Allowance:
        """Return the allowance; CorruptError naming `what` when the bytes are none."""

        def made(body: dict[str, Any]) -> Allowance:
            return cls(**{**body, "revocations": tuple(body["revocations"])})

        return read_record(KIND, data, what, made)


def allowances(ledger: Ledger, manifest: Manifest) -> list[Allowance]:
    """Return the allowances of a manifest, oldest first; those of a revoked key count as none."""
    prefix = allowance_prefix(manifest.name, manifest.version)
    read = {
        Allowance.decode(data, f"ledger: {path}")
        for path in ledger.history.records
        if path.startswith(prefix)
        for data, revoked in ledger.signed(path)
        if not revoked
    }
    mine = [one for one in read if one.manifest == manifest.digest]
    return sorted(mine, key=lambda one: (one.made_s, one.path))


def allow(lake: Lake, dataset: str, *, who: str, reason: str, clock: Clock = now_s) -> Allowance:
    """Let a training dataset such as ``demo@1.0.0`` be read although parts of it were revoked.

    Signed in the ledger. InputError for a dataset that is not there, or of which nothing is
    revoked that is not allowed already.
    """
    try:
        manifest = manifest_of(lake, *named(dataset)).manifest
    except NotFoundError as error:
        raise InputError(f"{dataset}: there is no such dataset: run karat dataset ls") from error
    ledger = Ledger(lake)
    left = sorted(still_revoked(ledger, manifest))
    if not left:
        raise InputError(f"{dataset}: nothing of it is revoked: there is nothing to allow")
    of = manifest.name, manifest.version, manifest.digest
    found = Allowance(*of, tuple(left), who, reason, clock())
    record(lake, {found.path: found.encode()}, f"Allow {dataset}")
    return found


def still_revoked(ledger: Ledger, manifest: Manifest) -> dict[str, str]:
    """Return the revocations of a manifest that nobody answers for, in words, by digest."""
    found = revocations_of(ledger, manifest)
    if not found:
        return {}
    answered = {name for one in allowances(ledger, manifest) for name in one.revocations}
    return {name: f"{one.partition}: {one}" for name, one in found.items() if name not in answered}
