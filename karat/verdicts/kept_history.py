"""What this machine keeps of a ledger that was shown to be whole: a signed memory beside the keys.

To show a ledger of many records takes a look at each of them. What was shown of one commit stays
so for ever, because a commit's name is the digest of all that it holds; so it is signed and kept,
and the next process looks only at what came since. Whoever could forge it holds a key that is
believed, and could sign verdicts as well; what is torn, edited, of another trust root or by a key
that was revoked counts as not there.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, UnavailableError, UntrustedError
from karat.lake import Keys
from karat.signing import read_statement, statement
from karat.verdicts.shown import History

KIND = "ledger-shown:1"
WORTH, SHARE = 8, 200
"""Kept anew when so many were looked at, and more than one in so many of all there are."""
_LENGTH = 8


def keep(keys: Keys, shown: History) -> History:
    """Keep what was shown, where there is a key to sign it with: it is a memory, never needed."""
    body = {
        "commit": shown.commit,
        "believed": shown.believed,
        "records": dict(shown.records),
        "entries": sorted(shown.entries),
        "tips": sorted(shown.tips),
    }
    text = json.dumps(body, separators=(",", ":")).encode()
    with suppress(UntrustedError, UnavailableError, InputError):
        signed = keys.sign(statement(KIND, {"ledger": bytes_digest(text)}, {}))
        keys.keep(len(signed).to_bytes(_LENGTH, "little") + signed + text)
    return replace(shown, stored=shown.size)


def worth_keeping(shown: History) -> bool:
    """Return whether so much was looked at that it is kept for the next process."""
    return shown.size - shown.stored >= max(WORTH, shown.size // SHARE)


def kept(keys: Keys, believed: str) -> History | None:
    """Return what was kept under the keys that are `believed`; None for nothing that is whole."""
    data = keys.kept()
    if data is None:
        return None
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    signed, text = data[_LENGTH:end], data[end:]
    try:
        payload, revoked = keys.opened(signed, "what was kept of the ledger")
        subjects, _ = read_statement(KIND, payload, "what was kept of the ledger")
        if revoked or subjects != {"ledger": bytes_digest(text)}:
            return None
        found = _history(text)
    except (CorruptError, UntrustedError, ValueError, LookupError, TypeError):
        return None
    return found if found.believed == believed else None


def _history(text: bytes) -> History:
    body = json.loads(text)
    records, entries = dict(body["records"]), frozenset(body["entries"])
    known = str(body["commit"]), str(body["believed"])
    found = History(*known, records, entries, frozenset(body["tips"]), kept=True)
    return replace(found, stored=found.size)
