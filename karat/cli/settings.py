"""What the environment says: the only place that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from karat.errors import InputError
from karat.lake.lakefs_access import CACHE_BYTES
from karat.signing import KeyFiles
from karat.store.amounts import byte_count
from karat.store.disk import LIMIT_BYTES

SECRET_CHARACTERS = 16
ARROW_WAITS = "MIMALLOC_PURGE_DELAY", "1000"
"""How long Arrow's allocator keeps what is freed, in ms: by its own choice 10."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are: `home` for all that is kept on this machine, a lake's URL, a contract.

    `key_at` and `trust_at` are the private key and the trust root where they are not at home.
    `processes` is how many partitions are worked on at once, each in its own process; 0 for none.
    `contracts` is a folder with those of further datasets, for Dagster.
    `store_limit` is the most bytes that the store of computed states takes on this machine's disk,
    `cache_limit` about the most for files that were read from a lakeFS server.
    """

    home: Path
    lake: str
    contract: Path
    key_at: Path | None = None
    trust_at: Path | None = None
    processes: int = 0
    store_limit: int = LIMIT_BYTES
    contracts: Path | None = None
    cache_limit: int = CACHE_BYTES

    @property
    def store(self) -> Path:
        """Return the folder of computed states."""
        return self.home / "store"

    @property
    def notices(self) -> Path:
        """Return the file of incidents, and of letters that are still to be sent."""
        return self.home / "notices.db"

    @property
    def cache(self) -> Path:
        """Return the folder of files that were read from a lakeFS server."""
        return self.home / "cache" / "lakefs"

    @property
    def key_files(self) -> KeyFiles:
        """Return where the private key and the trust root are: not in a lake."""
        usual = KeyFiles.below(self.home)
        return KeyFiles(self.key_at or usual.signing_key, self.trust_at or usual.trust_root)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return what KARAT_HOME, _LAKE, _CONTRACT, _CONTRACTS, _SIGNING_KEY, _TRUST and so on say.

        KARAT_PROCESSES, KARAT_STORE_LIMIT and KARAT_CACHE_LIMIT (10GiB both) are numbers. Paths are
        absolute. The defaults
        are ``.karat`` in the working directory, a lake in it, the contract for book events that
        comes with karat, and the key and the trust root at home. An empty value counts as none.
        Raises InputError for a number that is none.
        """
        home = Path(environment.get("KARAT_HOME") or ".karat").absolute()
        shipped = str(files("karat.contracts") / "examples" / "book_events.yaml")
        contract = Path(environment.get("KARAT_CONTRACT") or shipped).absolute()
        lake = absolute(environment.get("KARAT_LAKE") or str(home / "lake"))
        named = (environment.get(name) for name in ("KARAT_SIGNING_KEY", "KARAT_TRUST"))
        key, trust = (Path(path).absolute() if path else None for path in named)
        processes = _count(environment, "KARAT_PROCESSES")
        limit = byte_count(environment.get("KARAT_STORE_LIMIT") or str(LIMIT_BYTES))
        cache = byte_count(environment.get("KARAT_CACHE_LIMIT") or str(CACHE_BYTES))
        folder = environment.get("KARAT_CONTRACTS")
        contracts = Path(folder).absolute() if folder else None
        return cls(home, lake, contract, key, trust, processes, limit, contracts, cache)


def notify_urls(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return who is told of incidents: KARAT_NOTIFY_URL, with spaces between several URLs.

    They may hold passwords, so they stand nowhere but in the environment.
    """
    return tuple((environment.get("KARAT_NOTIFY_URL") or "").split())


def gate_token(environment: Mapping[str, str] = os.environ) -> str:
    """Return the secret that whoever asks the gate shows, KARAT_GATE_TOKEN; InputError without.

    It is 16 characters of ASCII or more, and stands nowhere but in the environment.
    """
    token = environment.get("KARAT_GATE_TOKEN") or ""
    if len(token) < SECRET_CHARACTERS or not token.isascii():
        raise InputError(
            "KARAT_GATE_TOKEN: give the gate a secret of 16 characters or more, and lakeFS the "
            "same as LAKEFSACTION_KARAT_GATE_TOKEN, such as: openssl rand -hex 32"
        )
    return token


def keep_arrow_memory(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have Arrow keep freed memory for a second, for the next piece of rows, unless it is told.

    Given back after 10 ms, it comes anew, filled with zeros: a tenth of the time of a contract, and
    more for threads, which wait for each other there. Arrow asks when it is loaded, not later;
    processes that are started from this one ask too.
    """
    environment.setdefault(*ARROW_WAITS)


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "0"
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"{name} is {text!r}: write a whole number, or leave it out")
    return int(text)


def absolute(lake: str) -> str:
    """Return the URL of a lake; a directory's is the same from wherever it is opened."""
    is_url = "://" in lake or lake.startswith(("file:", "memory:"))
    return lake if is_url else Path(lake).expanduser().absolute().as_uri()
