"""What this machine keeps of a breaker: what its records come to, signed, beside the keys.

Each record is read and its signature checked in every new process. What was kept is told by the
SHA-256 of the records it was made of, and counts only where the ledger, shown to be whole, holds
just these: so none is skipped that is another than it was. As with what is kept of the ledger
itself (`karat.verdicts.kept_history`), whoever could forge it holds a key that is believed, and
could sign records as well; what is torn, edited, of other keys or of another code counts as not
there. Whoever looks at all of the ledger looks at all records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from karat.breaker.event import Event
from karat.breaker.state import FOLD, Breaker
from karat.digest import digest
from karat.errors import CorruptError, InputError, UnavailableError, UntrustedError
from karat.lake import Keys
from karat.lake.layout import breaker_path
from karat.signing import read_statement, statement
from karat.verdicts.shown import History

KIND = "breaker-kept:1"
WORTH = 4
"""Kept anew when so many records came since: to keep it takes as long as to read about two."""
_WHAT = "what was kept of a breaker"


class Befell(NamedTuple):
    """The records of a breaker by path, with their SHA-256, and what they come to.

    So many of them as are `stored` are kept for the next process.
    """

    records: Mapping[str, str]
    state: Breaker
    stored: int = 0


def keep(keys: Keys, befell: Befell, believed: str) -> Befell:
    """Keep what befell a breaker where that is worth it, and there is a key to sign it with."""
    if len(befell.records) - befell.stored < WORTH:
        return befell
    state = befell.state
    body = _plain(state) | {"believed": believed, "fold": FOLD}
    told = statement(KIND, {_subject(state): _named(befell.records.values())}, body)
    with suppress(UntrustedError, UnavailableError, InputError):
        keys.keep(keys.sign(told), _place(state))
    return befell._replace(stored=len(befell.records))


def kept(keys: Keys, history: History, dataset: str, instrument: str) -> Befell:
    """Return what was kept of a breaker; that of no record for nothing that still holds."""
    fresh = Befell({}, Breaker(dataset, instrument))
    data = keys.kept(_place(fresh.state)) if history.kept else None
    if data is None:
        return fresh
    try:
        payload, revoked = keys.opened(data, _WHAT)
        subjects, body = read_statement(KIND, payload, _WHAT)
        if revoked or (body.pop("believed"), body.pop("fold")) != (history.believed, FOLD):
            return fresh
        state = _state(fresh.state, body)
    except (CorruptError, UntrustedError, ValueError, LookupError, TypeError, AttributeError):
        return fresh
    paths = [breaker_path(dataset, instrument, n + 1) for n in range(state.number)]
    records = {path: history.records[path] for path in paths if path in history.records}
    same = subjects == {_subject(state): _named(records.values())}
    return Befell(records, state, len(records)) if same else fresh


def _plain(state: Breaker) -> dict[str, Any]:
    named = {"dataset", "instrument"}
    body = {name: value for name, value in vars(state).items() if name not in named}
    claims = [one.encode().decode() for one in state.claims]
    in_order = {"failures": [*state.failures.items()], "passed": [*state.passed.items()]}
    return body | in_order | {"counted": sorted(state.counted), "claims": claims}


def _state(of: Breaker, body: dict[str, Any]) -> Breaker:
    failures = {content: (partition, key) for content, (partition, key) in body["failures"]}
    said = {"failures": failures, "passed": dict(body["passed"])}
    claims = tuple(Event.decode(text.encode(), _WHAT) for text in body["claims"])
    return replace(of, **body | said | {"counted": frozenset(body["counted"]), "claims": claims})


def _subject(state: Breaker) -> str:
    return f"breaker/{state.dataset}/{state.instrument}"


def _named(records: Iterable[str]) -> str:
    return digest("breaker-kept/1", *records)


def _place(state: Breaker) -> str:
    return "breaker-" + digest("breaker-kept/1", state.dataset, state.instrument)[:32]
