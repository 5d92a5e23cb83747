"""The lake, the store of states and the contract, as every asset takes them."""

from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from karat.cli.opening import open_lake
from karat.cli.settings import Settings
from karat.compute.lake_store import LakeStore
from karat.contracts import Contract, load_contract
from karat.lake import Lake
from karat.signing import KeyFiles
from karat.store import DiskStore, Store, Tiered
from karat.store.disk import LIMIT_BYTES


@dataclass(frozen=True)
class Connection:
    """An open lake, its URL, the contract its dataset is held to, and the store of states."""

    lake: Lake
    contract: Contract
    store: Store
    url: str = ""


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg] # gives itself
    """Addresses, all absolute: a lake's `url`, a folder for states, and three files.

    These are the contract, the private key (its place, never the key) and the trust root.
    `store_limit` is the most bytes that the states take. `cache` is a folder for files that were
    read from a lakeFS server, below KARAT_HOME by default; the key to one is the environment's,
    of the process that connects, and in no configuration.
    """

    url: str
    store: str
    contract: str
    signing_key: str
    trust: str
    store_limit: int = LIMIT_BYTES
    cache: str | None = None

    def connect(self, contract: str | None = None) -> Connection:
        """Open all three, with another `contract` file where one is named.

        Raises LakeUnusable, ContractError or UnavailableError when one cannot be opened.
        """
        files = KeyFiles(Path(self.signing_key), Path(self.trust))
        lake = open_lake(self.url, files=files, cache=Path(self.cache) if self.cache else None)
        rules = load_contract(contract or self.contract)
        return Connection(lake, rules, Tiered(self.states(), LakeStore(lake)), self.url)

    def states(self) -> DiskStore:
        """Return this machine's own store of states, made when missing; UnavailableError."""
        return DiskStore(Path(self.store), limit_bytes=self.store_limit)


def lake_resource(settings: Settings) -> LakeResource:
    """Return the connections that the settings name."""
    return LakeResource(
        url=settings.lake,
        store=str(settings.store),
        contract=str(settings.contract),
        signing_key=str(settings.key_files.signing_key),
        trust=str(settings.key_files.trust_root),
        store_limit=settings.store_limit,
        cache=str(settings.cache),
    )
