"""Open a training dataset: its envelope and what was revoked are looked at before it returns."""

from __future__ import annotations

from collections import deque
from typing import Literal

from karat.breaker import refuse_while_open
from karat.dataset.as_of import newest_as_of, versions_as_of
from karat.dataset.manifest import Manifest
from karat.dataset.reader import Dataset
from karat.dataset.readings import record_reading
from karat.dataset.refusing import in_words, ledger_for, refusals
from karat.dataset.split import Part
from karat.dataset.tagged import Tagged, manifest_of, tags
from karat.dataset.version import Version, named
from karat.errors import DatasetRefused, InputError, ObjectNotFound, RefNotFound
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger


def open_dataset(
    lake: Lake,
    name: str,
    *,
    part: Part | None = None,
    as_of: str = "",
    waivers: bool = True,
    verify: Literal["envelope", "all"] = "envelope",
    while_open: bool = True,
    run: str = "",
    clock: Clock = now_s,
) -> Dataset:
    """Open a training dataset such as ``demo@1.0.0``; with `as_of`, what ``demo`` was then.

    `cut` verified every verdict, and signed that: here its signature is verified, and that nothing
    of it was revoked since. With `verify` "all", every verdict is verified and every byte hashed
    too before this returns; otherwise bytes are hashed before the first row of each partition.
    `part` gives what trains or what evaluates alone. `as_of` is a commit, a day or a time. `run`
    names whoever reads, on record.

    Raises DatasetRefused with the reason where anything speaks against it: no such version, a key
    that is revoked, a content that a golden or a contract proved bad later and nobody answers for,
    a waiver that is over; with `waivers` False, any waiver. What was proved stays so while a
    breaker is open: with `while_open` False it is refused then, as training on what comes in is.
    InputError for another spelling, or a part of a dataset that was cut without a split.
    """
    asked = _asked(lake, name, as_of)
    found = _found(lake, asked)
    manifest = found.manifest
    ledger = Ledger(lake, whole=True) if verify == "all" else ledger_for(lake, manifest)
    if against := refusals(ledger, found, clock()):
        reasons = {where: why for where, why in against.items() if where}
        raise DatasetRefused(in_words(asked, against), reasons)
    _check_use(manifest, part, waivers=waivers)
    if not while_open:
        own = [Partition.parse(entry.partition) for entry in manifest.of(part)]
        refuse_while_open(Ledger(lake), manifest.dataset, own, asked, clock())
    opened = Dataset(lake, found.commit, manifest, part, clock)
    if verify == "all":
        deque(opened.verify(), maxlen=0)
    if run:
        record_reading(lake, manifest, run, part=part or "")
    return opened


def _asked(lake: Lake, name: str, as_of: str) -> str:
    """Return name and version that are asked for; DatasetRefused for one that was not there."""
    if not as_of:
        named(name)
        return name
    if "@" not in name:
        return f"{name}@{newest_as_of(lake, name, as_of)}"
    title, version = named(name)
    if version not in map(str, versions_as_of(lake, title, as_of)):
        raise DatasetRefused(f"{name}: there was no such version as of {as_of}")
    return name


def _found(lake: Lake, name: str) -> Tagged:
    title, version = named(name)
    try:
        return manifest_of(lake, title, version)
    except (RefNotFound, ObjectNotFound) as error:
        there = sorted(Version.parse(version) for _, version, _ in tags(lake, title))
        have = ", ".join(map(str, there)) or "none"
        raise DatasetRefused(
            f"{name}: there is no such version of {title!r}; have {have}"
        ) from error


def _check_use(manifest: Manifest, part: Part | None, *, waivers: bool) -> None:
    """Raise DatasetRefused for waivers that are not accepted, InputError for a part of no split."""
    if part and manifest.split is None:
        raise InputError(f"{manifest.title}: it was cut without a split: it has no part {part!r}")
    if manifest.waived and not waivers:
        told = {name: f"waived ({digest[:12]})" for name, digest in manifest.waived.items()}
        raise DatasetRefused(
            f"{manifest.title}: waivers are not accepted, and {', '.join(told)} stand under one",
            told,
        )
