"""What every command works on: a lake, a contract and a store, opened when first asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from karat.cli.settings import Settings
from karat.errors import InputError
from karat.signing import KeyFiles
from karat.store.disk import LIMIT_BYTES

if TYPE_CHECKING:
    from karat.contracts import Contract
    from karat.lake import Lake
    from karat.lake.layout import Partition
    from karat.store import DiskStore, Store


@dataclass(frozen=True)
class Workplace:
    """Where things are; `create` makes a lake that is missing.

    A lake on a server that does not answer for `patience_s` seconds is given up.
    """

    home: Path
    lake_url: str
    contract_file: Path
    create: bool = False
    keys_at: KeyFiles | None = None
    store_limit: int = LIMIT_BYTES
    patience_s: float | None = None

    @property
    def key_files(self) -> KeyFiles:
        """Return where the private key and the trust root are: at home, if nothing else is said."""
        return self.keys_at or KeyFiles.below(self.home)

    @property
    def notices(self) -> Path:
        """Return the file of incidents, and of letters that are still to be sent."""
        return self.home / "notices.db"

    @property
    def url(self) -> str:
        """Return the lake's URL; InputError for one in memory."""
        if self.lake_url.startswith("memory:"):
            raise InputError("--lake memory: would be gone with this command: name a directory")
        return self.lake_url

    @cached_property
    def lake(self) -> Lake:
        """Return the lake; errors as `karat.open_lake`, InputError for one that is in memory."""
        from karat.cli.opening import open_lake

        return open_lake(
            self.url,
            create=self.create,
            files=self.key_files,
            cache=self.home / "cache" / "lakefs",
            patience_s=self.patience_s,
        )

    @cached_property
    def contract(self) -> Contract:
        """Return the contract; errors as `karat.load_contract`."""
        from karat.contracts import load_contract

        return load_contract(self.contract_file)

    @cached_property
    def disk_store(self) -> DiskStore:
        """Return this machine's store of states, made when missing; UnavailableError."""
        from karat.store import DiskStore

        return DiskStore(self.home / "store", limit_bytes=self.store_limit)

    @cached_property
    def store(self) -> Store:
        """Return memory, then this machine's store, then what the lake carries; errors of both."""
        from karat.compute.lake_store import LakeStore
        from karat.store import Tiered

        return Tiered(self.disk_store, LakeStore(self.lake))


def workplace(
    lake: str | None, contract: Path | None, home: Path | None, *, create: bool = False
) -> Workplace:
    """Return the workplace that options name; what they leave open comes from the environment."""
    known = Settings.from_environment()
    url = lake or known.lake
    if home and not lake and known.lake == (known.home / "lake").as_uri():
        url = (home.absolute() / "lake").as_uri()
    known = replace(known, home=home or known.home)
    return Workplace(
        known.home, url, contract or known.contract, create, known.key_files, known.store_limit
    )


def parsed(partitions: list[str] | None) -> list[Partition] | None:
    """Return the partitions named on the command line, None for none; InputError."""
    from karat.lake.layout import Partition

    return [Partition.parse(text) for text in partitions] if partitions else None
