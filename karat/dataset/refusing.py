"""What speaks against reading a training dataset now: looked up, without a look at its verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from karat.dataset.allowance import still_revoked
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.proof import against_entry
from karat.dataset.tagged import Tagged
from karat.lake import Lake
from karat.lake.layout import allowance_prefix, revocation_prefix
from karat.verdicts import Ledger


def refusals(ledger: Ledger, one: Tagged, at_s: int) -> dict[str, str]:
    """Return why a dataset is not to be read at `at_s`, by partition ("": all of it).

    Empty when nothing speaks against it: its own key is believed, so are those that signed its
    verdicts, its waivers are in force, and no content of it was revoked that nobody answers for.
    """
    if one.revoked:
        return {"": f"the key that signed it is revoked ({one.revoked}): cut it again"}
    manifest = one.manifest
    found = {
        entry.partition: why for entry in _doubted(ledger.lake, manifest)
        if (why := against_entry(ledger, one.commit, manifest, entry, at_s))
    }  # fmt: skip
    for told in still_revoked(ledger, manifest).values():
        partition, _, why = told.partition(": ")
        found[partition] = why
    return found


def ledger_for(lake: Lake, manifest: Manifest) -> Ledger:
    """Return the ledger for `refusals` of one manifest: no more of it than they ask after."""
    if _doubted(lake, manifest):
        return Ledger(lake)
    named = manifest.name, manifest.version
    return Ledger(lake, only=(revocation_prefix(manifest.dataset), allowance_prefix(*named)))


def in_words(name: str, against: Mapping[str, str]) -> str:
    """Return refusals as one message, which names each partition."""
    lines = [f"{where}: {why}" if where else why for where, why in against.items()]
    return f"{name}: {lines[0]}" if len(lines) == 1 else f"{name}:\n  " + "\n  ".join(lines)


def _doubted(lake: Lake, manifest: Manifest) -> list[Entry]:
    """Return the entries whose verdicts are looked at: each where a key is revoked, else waived."""
    revoked = any(lake.keys.revoked(key) for key in manifest.signers)
    every = revoked or not manifest.signers
    return [entry for entry in manifest.entries if every or entry.waiver]
