"""What the environment says: the only place that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are: `home` for all that is kept on this machine, a lake's URL, a contract."""

    home: Path
    lake: str
    contract: Path

    @property
    def store(self) -> Path:
        """Return the folder of computed states."""
        return self.home / "store"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return KARAT_HOME, KARAT_LAKE and KARAT_CONTRACT, or their defaults; all absolute.

        The defaults are ``.karat`` in the working directory, a lake in it, and the contract for
        book events that comes with karat. An empty value counts as none.
        """
        home = Path(environment.get("KARAT_HOME") or ".karat").absolute()
        shipped = str(files("karat.contracts") / "examples" / "book_events.yaml")
        contract = Path(environment.get("KARAT_CONTRACT") or shipped).absolute()
        return cls(home, _absolute(environment.get("KARAT_LAKE") or str(home / "lake")), contract)


def _absolute(lake: str) -> str:
    """Return the URL of a lake; a directory's is the same from wherever it is opened."""
    is_url = "://" in lake or lake.startswith(("file:", "memory:"))
    return lake if is_url else Path(lake).absolute().as_uri()
