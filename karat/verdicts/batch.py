"""Many verdicts in one signed record: what was decided of each partition, and of all as one.

What was measured lies beside it in the ledger under the SHA-256 that the record names, and so does
the text of the golden manifest: with the contract, which the record holds, each verdict follows in
full from the ledger alone (`karat.verdicts.derived`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from karat.contracts import Contract
from karat.digest import bytes_digest
from karat.errors import CorruptError
from karat.lake.layout import together_path
from karat.signing import read_statement, statement
from karat.verdicts.root import RootVerdict
from karat.verdicts.ruling import Ruling
from karat.verdicts.verdict import PASS, Outcome, worst

FORMAT = 1
KIND = "verdicts:1"


class Entry(NamedTuple):
    """One verdict: its key, its content, its outcome, and which rules decided it.

    `decisive` are the rules that count and came out so, by family and name; of a PASS the first.
    """

    key: str
    content: str
    outcome: Outcome
    decisive: tuple[tuple[str, str], ...]


def entry_of(key: str, content: str, rulings: Iterable[Ruling]) -> Entry:
    """Return what is recorded of a verdict."""
    gates = [ruling for ruling in rulings if ruling.role == "gate"]
    outcome = worst([ruling.outcome for ruling in gates])
    decisive = gates[:1] if outcome is PASS else [one for one in gates if one.outcome is outcome]
    return Entry(key, content, outcome, tuple([(one.family, one.name) for one in decisive]))


@dataclass(frozen=True)
class Batch:
    """Verdicts by partition under one contract and golden manifest, and the root over all judged.

    `ruled` is the contract as plain values, `measured` the digest of the measurements. `root` may
    speak of more partitions than these, whose verdicts are recorded elsewhere.
    """

    ruled: Mapping[str, Any]
    measured: str
    entries: Mapping[str, Entry]
    root: RootVerdict

    @property
    def path(self) -> str:
        """Return where it is recorded: under its contract, by the root's key and its own digest."""
        root = self.root
        return together_path(root.dataset, root.contract, root.key, bytes_digest(self.data))

    @cached_property
    def data(self) -> bytes:
        """Return it as a statement on the contents; equal ones have equal bytes."""
        dataset = self.root.dataset
        body = {
            "format": FORMAT,
            "ruled": self.ruled,
            "measured": self.measured,
            "verdicts": {
                name: (one.key, one.outcome, one.decisive) for name, one in self.entries.items()
            },
            "root": self.root.body(),
        }
        subjects = {f"{dataset}/{name}": one.content for name, one in self.entries.items()}
        return statement(KIND, subjects, body)

    @classmethod
    def decode(cls, data: bytes, path: str) -> Batch:
        """Return the record at `path`; CorruptError for none, another, or one that has no sense."""
        what = f"ledger: {path}"
        subjects, body = read_statement(KIND, data, what)
        try:
            root = RootVerdict.of_body(body["root"], what)
            entries = {
                name: _entry(said, subjects[f"{root.dataset}/{name}"])
                for name, said in body["verdicts"].items()
            }
            found = cls(body["ruled"], str(body["measured"]), entries, root)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptError(f"{what} cannot be read: {error!r}") from error
        if found.data != data or found.path != path:
            raise CorruptError(f"{what} is not what its name says")
        return found


def ruled_by(contract: Contract) -> dict[str, Any]:
    """Return a contract as plain values, from which it can be made again."""
    said: dict[str, Any] = contract.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return said


def _entry(said: list[Any], content: str) -> Entry:
    key, outcome, decisive = said
    return Entry(key, content, Outcome(outcome), tuple((family, name) for family, name in decisive))
