"""What can go wrong, grouped by what the caller does next.

KaratError
├── InputError            the file, contract or call is wrong: mend what the message names
│   ├── ContractError         a contract's key or value
│   ├── InvalidPath           a lake path breaks the rules
│   └── InvalidRef            a branch or tag name breaks the rules
├── NotFoundError         never written: name something that exists (also a LookupError)
│   ├── RepositoryNotFound
│   ├── RefNotFound
│   └── ObjectNotFound        (also a FileNotFoundError)
├── ConflictError         someone else was there first: read again and try again
│   ├── HeadMoved             the branch's head is not the expected one
│   ├── MergedOnMovedHead     the same, found out after the merge: judge what it made
│   ├── MergeConflict         both sides changed one path differently
│   ├── RefExists
│   ├── ObjectExists
│   ├── NothingToCommit
│   └── NothingToMerge
├── UnavailableError      the machine is in the way: free, mount or wait, then try again
│   ├── LakeBusy              locked by another writer; a later try may pass
│   └── LakeUnusable          cannot be opened, read or written
├── CorruptError          bytes do not match their digest: restore them, page a person
│   └── ObjectGone            named by a commit and missing
└── RefusedError          the gate said no: see the verdict it names
    ├── GateRefused           a merge
    ├── DatasetRefused        a training dataset
    ├── UntrustedError        a signature by no key that is trusted, or no key to sign with
    └── ProtectedRef          a branch or tag that is not to be changed so
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SHOWN = 5


class KaratError(Exception):
    """Any error karat raises on purpose."""


class InputError(KaratError, ValueError):
    """The file, contract or call is wrong."""


class ContractError(InputError):
    """A contract's key or value is wrong."""


class InvalidPath(InputError):  # noqa: N818 - the caller reads it as a state of the world
    """A lake path breaks the rules."""


class InvalidRef(InputError):  # noqa: N818
    """A branch or tag name breaks the rules."""


class NotFoundError(KaratError, LookupError):
    """Never written."""


class RepositoryNotFound(NotFoundError):  # noqa: N818
    """No lake stands at this address."""


class RefNotFound(NotFoundError):  # noqa: N818
    """No branch, tag or commit has this name."""


class ObjectNotFound(NotFoundError, FileNotFoundError):  # noqa: N818
    """The commit holds nothing at this path."""


class ConflictError(KaratError):
    """Someone else was there first."""


class HeadMoved(ConflictError):  # noqa: N818
    """The branch's head is not the expected one."""

    def __init__(self, branch: str, expected: str, actual: str) -> None:
        super().__init__(f"head of {branch!r} is {actual[:12]}, not {expected[:12]}: read it again")
        self.branch, self.expected, self.actual = branch, expected, actual


class MergedOnMovedHead(ConflictError):  # noqa: N818
    """A merge went on top of another head than the expected one; `commit` is what it made."""

    def __init__(self, branch: str, expected: str, actual: str, commit: str) -> None:
        where = f"{commit[:12]} was merged into {branch!r} on top of {actual[:12]}"
        super().__init__(f"{where}, not of {expected[:12]}: judge it again before it is read")
        self.branch, self.expected, self.actual, self.commit = branch, expected, actual, commit


class MergeConflict(ConflictError):  # noqa: N818
    """Both sides changed one path differently; `paths` names them all."""

    def __init__(self, paths: Sequence[str]) -> None:
        rest = len(paths) - SHOWN
        shown = ", ".join(paths[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
        super().__init__(f"both sides changed {shown}: start again from the new head")
        self.paths = tuple(paths)


class RefExists(ConflictError):  # noqa: N818
    """A branch or tag of this name points elsewhere."""


class ObjectExists(ConflictError):  # noqa: N818
    """Something is at this path already."""


class NothingToCommit(ConflictError):  # noqa: N818
    """The session changed nothing."""


class NothingToMerge(ConflictError):  # noqa: N818
    """The destination holds all of the source."""


class UnavailableError(KaratError):
    """The machine is in the way."""


class LakeBusy(UnavailableError):  # noqa: N818
    """Locked by another writer; a later try may pass."""


class LakeUnusable(UnavailableError):  # noqa: N818
    """The lake cannot be opened, read or written."""


class CorruptError(KaratError):
    """Bytes do not match their digest."""


class ObjectGone(CorruptError):  # noqa: N818
    """A commit names these bytes, and they are missing."""


class RefusedError(KaratError):
    """The gate said no; `reasons` maps each refused partition to why."""

    def __init__(self, message: str, reasons: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reasons = dict(reasons or {})


class GateRefused(RefusedError):  # noqa: N818
    """A merge was refused."""


class DatasetRefused(RefusedError):  # noqa: N818
    """A training dataset was refused."""


class UntrustedError(RefusedError):
    """Signed by no key that is trusted here, or there is no key to sign with."""


class ProtectedRef(RefusedError):  # noqa: N818
    """A branch or tag that is not to be changed so."""
