"""The ledger's own history: each append is one signed entry that names what it added.

An entry names the entries it saw last, as a git commit names its parents: appends at the same
time do not collide, and none can be taken out, put elsewhere or exchanged without a trace. What
was taken off the end is missed by the keys' memory of what was there (`Keys.seen`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from karat.digest import bytes_digest
from karat.errors import CorruptError, RefNotFound, UntrustedError
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import LEDGER, ORDER, order_path
from karat.signing import read_statement, statement
from karat.verdicts.blamed import blamed, stray
from karat.verdicts.kept_history import keep, kept, worth_keeping
from karat.verdicts.shown import History

KIND = "ledger-entry:1"


class Entry(NamedTuple):
    """One append: the files it added, with their SHA-256, and the entries it saw last."""

    files: Mapping[str, str]
    after: frozenset[str]

    def encode(self) -> bytes:
        """Return the entry as a statement on its files."""
        return statement(KIND, self.files, {"after": sorted(self.after)})

    @classmethod
    def decode(cls, data: bytes, what: str) -> Entry:
        """Return the entry; CorruptError naming `what`."""
        files, body = read_statement(KIND, data, what)
        after = body.get("after")
        if not isinstance(after, list):
            raise CorruptError(f"{what} does not say what it follows")
        return cls(files, frozenset(map(str, after)))


_shown: WeakKeyDictionary[Lake, History] = WeakKeyDictionary()
"""What was shown of each open lake, so that only what came since is looked at."""
_showing = Lock()


def history(lake: Lake, *, whole: bool = False, only: Sequence[str] = ()) -> History:
    """Return the history of the ledger as it is now.

    What this machine kept of an earlier commit is built on, unless `whole`: then every entry is
    looked at that this process has not seen itself. Where nothing was kept and folders are named
    by `only`, every entry is looked at, and of the records those of these folders: it has no
    others. Raises CorruptError when a record is not the one that an entry names, was removed or is
    named by none, when an entry that another follows is gone, or when the newest ones that were
    seen before are gone.
    """
    seen = lake.keys.seen()  # first: what others see and remember after it is in the head below
    commit, believed = lake.head(LEDGER), lake.keys.version
    with _showing:
        known = _shown.get(lake)
    if known and whole and known.kept:
        known = None
    if known is None or (known.commit, known.believed) != (commit, believed):
        known = _shown_now(lake, known, believed, commit, whole=whole, only=only)
        if not known.only:
            with _showing:
                _shown[lake] = known
    if lost := seen - known.entries:
        raise CorruptError(
            f"ledger: {len(lost)} entries seen before are gone, such as {min(lost)[:12]}: it was "
            "put back to an earlier state; restore it, or run karat keys accept if you know why"
        )
    if seen != known.tips:
        lake.keys.saw(known.tips, known.entries)
    return known


def _shown_now(
    lake: Lake,
    known: History | None,
    believed: str,
    commit: CommitId,
    *,
    whole: bool,
    only: Sequence[str],
) -> History:
    """Return what a commit holds, from what is known of an earlier one, here or kept."""
    there = None if known or whole else kept(lake.keys, believed)
    found = _from_kept(lake, there, commit) if there else None
    start = _start(lake, known, believed, only)
    found = found or _show(lake, start, commit)
    return keep(lake.keys, found) if worth_keeping(found) and not found.only else found


def _from_kept(lake: Lake, there: History, commit: CommitId) -> History | None:
    """Return what a commit holds; None where it does not go on from what was kept."""
    with suppress(CorruptError, RefNotFound):  # shown from nothing, it says what is wrong
        lake.resolve(there.commit)
        return _show(lake, there, commit)
    return None


def _start(lake: Lake, known: History | None, believed: str, only: Sequence[str]) -> History:
    """Return from where to look on: what is known, unless other keys count or it is gone."""
    nothing = History("", believed, only=tuple(only))
    if known is None or known.believed != believed:
        return nothing
    try:
        lake.resolve(known.commit)
    except RefNotFound:
        return nothing
    return known


def _show(lake: Lake, start: History, commit: CommitId) -> History:
    """Return what a commit holds, looking only at what came since `start`."""
    if start.commit == commit:
        return start
    added = dict(_added(lake, start, commit))
    new = {_entry_name(p): _entry(lake, commit, p) for p in added if p.startswith(ORDER)}
    files = {path: held for path, held in added.items() if not path.startswith(ORDER)}
    records = {**start.records, **files}
    for entry in new.values():
        _hold(lake, commit, _said(entry, start.only), records)
    named = {path for entry in new.values() for path in entry.files}
    if others := files.keys() - named:
        raise CorruptError(stray(lake, commit, min(others)))
    entries = start.entries | new.keys()
    after = frozenset(one for entry in new.values() for one in entry.after)
    if lost := after - entries:
        why = f"ledger: the entry {min(lost)[:12]} is gone, and others follow it"
        raise CorruptError(why + blamed(lake, commit, order_path(min(lost))))
    tips = (start.tips | new.keys()) - after
    return replace(start, commit=commit, records=records, entries=entries, tips=tips)


def _added(lake: Lake, start: History, commit: CommitId) -> Iterable[tuple[str, str]]:
    """Yield the files that came since `start` and their SHA-256; CorruptError if others changed."""
    if not start.commit:
        for folder in (ORDER, *start.only) if start.only else ("",):
            infos = (found for found in lake.list(commit, folder) if not isinstance(found, Prefix))
            yield from ((info.path, info.content_hash) for info in infos)
        return
    for change in lake.diff(start.commit, commit):
        if change.type != "added" or change.right is None:
            why = f"ledger: {change.path} was {change.type}, and nothing ever may be"
            raise CorruptError(why + blamed(lake, commit, change.path))
        yield change.path, change.right.content_hash


def _said(entry: Entry, only: tuple[str, ...]) -> Mapping[str, str]:
    """Return the files of an entry that are looked at: in the folders `only`, or all."""
    if not only:
        return entry.files
    return {path: said for path, said in entry.files.items() if path.startswith(only)}


def _hold(
    lake: Lake, commit: CommitId, files: Mapping[str, str], records: Mapping[str, str]
) -> None:
    for path, said in files.items():
        held = records.get(path)
        if held != said:
            what = "is gone" if held is None else "is not what its entry says: it was exchanged"
            raise CorruptError(f"ledger: {path} {what}{blamed(lake, commit, path)}")


def _entry(lake: Lake, commit: CommitId, path: str) -> Entry:
    """Return an entry; one of a revoked key still tells the order, and nothing more."""
    with lake.open(commit, path) as stream:
        data = stream.read()
    try:
        return _checked(lake, data, path)
    except (CorruptError, UntrustedError) as error:
        raise type(error)(f"{error}{blamed(lake, commit, path)}") from error


def _checked(lake: Lake, data: bytes, path: str) -> Entry:
    what = f"ledger entry {_entry_name(path)[:12]}"
    if order_path(bytes_digest(data)) != path:
        raise CorruptError(f"{what} is not what its name says: it was edited")
    return Entry.decode(lake.keys.opened(data, what)[0], what)


def _entry_name(path: str) -> str:
    return path.removeprefix(ORDER).removesuffix(".json")
