"""A lake with this machine's keys: what is recorded is signed, what is read is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from karat.cli.server_key import access_to
from karat.cli.settings import Settings, absolute
from karat.signing import KeyFiles, Keyring
from karat.telemetry import Clock, now_s

if TYPE_CHECKING:
    from karat.lake import Keys, Lake


def open_lake(
    url: str | Path,
    *,
    clock: Clock = now_s,
    create: bool = True,
    files: KeyFiles | None = None,
    keys: Keys | None = None,
    cache: Path | None = None,
    patience_s: float | None = None,
) -> Lake:
    """Open the lake at `url`; with `create`, one that is missing is made.

    Its ledger is signed with the key and held against the trust root that `files` name, those of
    KARAT_HOME by default (KARAT_SIGNING_KEY and KARAT_TRUST name others). Where there is neither,
    and nothing is recorded yet, both are made; where something is, `karat keys` tells what to do.
    A lake in memory has a key of its own. `keys` are another way to sign, such as a key in a
    device. The key to a lakeFS server is the environment's; what is read from there is kept in
    `cache`, below KARAT_HOME by default; with `patience_s`, a server that does not answer for so
    many seconds is given up sooner than usual. Errors as `karat.lake.open_lake`.
    """
    from karat.lake import open_lake as open_with
    from karat.lake.layout import LEDGER

    text = str(url)
    if keys is None and text.startswith("memory:"):
        keys = Keyring.in_memory()
    access = access_to(text, cache=cache, patience_s=patience_s)
    if keys is not None:
        return open_with(text, clock=clock, create=create, keys=keys, access=access)
    files = files or Settings.from_environment().key_files
    keys = files.keyring(absolute(text))
    lake = open_with(text, clock=clock, create=create, keys=keys, access=access)
    if not files.exist and next(lake.list(LEDGER), None) is None:
        files.set_up()
    return lake
