"""How lakeFS servers are reached, and what a ``lakefs://`` address says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from karat.errors import InputError

API = "/api/v1"
CACHE_BYTES = 10 << 30
_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9-]{2,62}", re.ASCII)
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Access:
    """A key, and how to use it; the key is in no message and no `repr`.

    `endpoint` is the server's URL, such as ``https://lakefs.example.com``; without one it is made
    of the lake's address. `cache` is a folder for files that were read, which may be emptied
    while nobody reads, and keeps to about `cache_limit` bytes. `namespace` is where a repository
    that is made keeps its bytes, such as ``s3://bucket/folder``; without one none is made. A call
    that fails for a while is tried `attempts` times, after pauses that begin at `pause_s` and
    double; no answer for `timeout_s` is a failure; `at_once` calls are under way at most.
    """

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    cache: Path
    endpoint: str | None = None
    namespace: str | None = None
    attempts: int = 6
    pause_s: float = 0.2
    timeout_s: float = 300.0
    at_once: int = 16
    cache_limit: int = CACHE_BYTES

    def __post_init__(self) -> None:
        """Raise InputError for amounts that make no sense, or an endpoint with a key in it."""
        if min(self.attempts, self.at_once) < 1 or self.timeout_s <= 0 or self.pause_s < 0:
            raise InputError("attempts, calls at once and the timeout are at least 1, a pause 0")
        if self.cache_limit < 0:
            raise InputError(f"a cache of {self.cache_limit} bytes: give 0 or more")
        if "@" in (self.endpoint or ""):
            raise InputError(
                "LAKECTL_SERVER_ENDPOINT_URL holds more than a server's address: give the key in "
                "LAKECTL_CREDENTIALS_ACCESS_KEY_ID and LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"
            )

    def server(self, host: str) -> str:
        """Return the URL of the API of `host`; InputError when the key is for another server.

        Without an `endpoint`, a host on this machine is spoken to in the clear, others are not.
        """
        if self.endpoint is None:
            bare = urlsplit(f"//{host}").hostname
            return f"{'http' if bare in _HERE else 'https'}://{host}{API}"
        parts = _parts(self.endpoint if "://" in self.endpoint else f"https://{self.endpoint}")
        if parts.netloc.lower() != host.lower() or parts.scheme not in {"http", "https"}:
            raise InputError(
                f"the key is for the server at {self.endpoint!r}, and the lake is at {host!r}: "
                "name one server in LAKECTL_SERVER_ENDPOINT_URL and in the lake's address"
            )
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or API}"


def host_and_repository(url: str) -> tuple[str, str]:
    """Return what ``lakefs://host/repository`` names; InputError.

    >>> host_and_repository("lakefs://lakefs.example.com:8000/market-data")
    ('lakefs.example.com:8000', 'market-data')
    """
    parts = _parts(url)
    repository = parts.path.strip("/")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if not (parts.hostname and plain and _REPOSITORY.fullmatch(repository)):
        where = f"{parts.hostname or ''}{parts.path}"  # never a key that stood before the host
        raise InputError(
            f"no lake can be opened at lakefs://{where}: write lakefs://host/repository, the "
            "repository of 3 to 63 of a-z, 0-9 and '-', and no key: that is in the environment"
        )
    return parts.netloc, repository


def _parts(url: str) -> SplitResult:
    """Return the parts of an address; InputError for none, without it: a key may be there."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is looked at when it is asked for
    except ValueError:
        raise InputError(
            "an address of lakeFS has no host and port that can be read: write "
            "lakefs://host/repository, and https://host in LAKECTL_SERVER_ENDPOINT_URL"
        ) from None
    return parts
