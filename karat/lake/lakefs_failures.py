"""What a lakeFS server, its client or the way there says becomes what karat says."""

from __future__ import annotations

import json
from ssl import SSLCertVerificationError
from typing import Any

from lakefs_sdk.exceptions import ApiException
from urllib3.exceptions import HTTPError, LocationValueError

from karat.errors import (
    ConflictError,
    InputError,
    KaratError,
    LakeBusy,
    LakeUnusable,
    ObjectGone,
    ProtectedRef,
)

ODD = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
Failure = (ApiException, HTTPError, OSError, *ODD)
"""All that the client lets out: its own, the connection's, and its ways to fail on odd answers,
such as one in no encoding that is known, or of lists in lists without end."""
WRONG, UNKNOWN, FORBIDDEN, MISSING, CONFLICT, GONE, REFUSED = 400, 401, 403, 404, 409, 410, 412
LOCKED = 500
_BUSY = {429, 502, 503, 504}
_PROTECTED = ("protected branch", "default branch")
_MEANT: dict[int, tuple[type[KaratError], str]] = {
    WRONG: (InputError, "mend the call"),
    FORBIDDEN: (LakeUnusable, "ask for permission"),
    CONFLICT: (ConflictError, "read again and try again"),
    REFUSED: (ConflictError, "read again and try again"),
    GONE: (ObjectGone, "restore it"),
}


def message(error: BaseException) -> str:
    """Return what the server says went wrong, or what kind of failure it was."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"
    return str(body(error).get("message") or error.reason or f"status {error.status}").strip()


def body(error: BaseException) -> dict[str, Any]:
    """Return the JSON object that came with an error; empty for anything else."""
    return json_object(getattr(error, "body", None) or "") or {}


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a text is; None where it is anything else."""
    try:
        found = json.loads(text)
    except ODD:
        return None
    return found if isinstance(found, dict) else None


def status(error: BaseException) -> int:
    """Return the HTTP status; 0 where no answer came."""
    return (error.status or 0) if isinstance(error, ApiException) else 0


def passes(error: BaseException) -> bool:
    """Tell whether the same call may do better in a while."""
    if isinstance(error, ApiException):
        locked = error.status == LOCKED and "currently locked" in message(error)
        return error.status in _BUSY or locked
    if isinstance(error, LocationValueError) or _untrusted(error):
        return False
    return isinstance(error, HTTPError | ConnectionError | TimeoutError)


def _untrusted(error: BaseException | None) -> bool:
    """Tell whether the server showed a certificate that is not believed."""
    while error is not None:
        if any(isinstance(why, SSLCertVerificationError) for why in (error, *error.args)):
            return True
        error = error.__cause__ or error.__context__
    return False


def translated(error: BaseException, server: str, what: str) -> KaratError:
    """Return karat's error for a failure of doing `what` at `server`."""
    said, code = f"{server}: {what}: {message(error)}", status(error)
    if code == UNKNOWN:
        return LakeUnusable(
            f"{server} refuses the key: check LAKECTL_CREDENTIALS_* for this server"
        )
    if code == FORBIDDEN and any(words in said for words in _PROTECTED):
        return ProtectedRef(f"{said}: merge into it")
    if code in _MEANT:
        kind, advice = _MEANT[code]
        return kind(f"{said}: {advice}")
    if passes(error) and code:
        return LakeBusy(f"{said}: try again later")
    return LakeUnusable(said if code else f"{said}: is the server there, and is it lakeFS?")
