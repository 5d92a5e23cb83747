"""Golden manifests by the names people give them: `current`, a folder, or how a digest begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karat.cli.workplace import Workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.golden import GoldenManifest

CURRENT = "current"
LEAST = 6
Which = Annotated[
    str, typer.Argument(metavar="GOLDEN", help="How its digest begins, a built folder, or current.")
]


def built_folder(place: Workplace) -> Path:
    """Return where this machine keeps what it has built."""
    return place.home / "golden"


def current(place: Workplace) -> GoldenManifest | None:
    """Return the manifest in force, None for none; errors as `karat.verdicts.current_golden`."""
    from karat.lake.layout import MAIN
    from karat.verdicts import current_golden

    return current_golden(place.lake, place.lake.head(MAIN), place.contract.dataset)


def find(place: Workplace, text: str) -> GoldenManifest | None:
    """Return a manifest by its name; None only for `current` while none is adopted.

    Raises InputError when nothing, or more than one, is called so.
    """
    from karat.golden import read_folder

    if text == CURRENT:
        return current(place)
    if Path(text).is_dir():
        return read_folder(Path(text))
    found = [name for name in known(place) if len(text) >= LEAST and name.startswith(text)]
    if len(found) == 1:
        return _by_digest(place, found[0])
    why = f"{len(found)} golden manifests begin so" if found else "no golden manifest is called so"
    have = ", ".join(name[:12] for name in known(place)) or "none is built yet"
    raise InputError(
        f"{text}: {why}; have {have} (say {LEAST} digits or more, a folder or current)"
    )


def found(place: Workplace, text: str) -> GoldenManifest:
    """Return a manifest by its name; InputError also for `current` while none is adopted."""
    manifest = find(place, text)
    if manifest is None:
        dataset = place.contract.dataset
        raise InputError(f"no golden manifest of {dataset} is adopted: karat golden build --adopt")
    return manifest


def known(place: Workplace) -> list[str]:
    """Return the digests of all manifests in the lake and of those built here, in order."""
    from karat.flow.golden_adoptions import golden_digests
    from karat.lake.layout import MAIN

    folder = built_folder(place)
    built = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    return sorted({*built, *golden_digests(place.lake, place.lake.head(MAIN))})


def _by_digest(place: Workplace, name: str) -> GoldenManifest:
    from karat.errors import CorruptError
    from karat.golden import read_folder
    from karat.lake.layout import MAIN
    from karat.verdicts.trial import golden_manifest

    folder = built_folder(place) / name
    if not folder.is_dir():
        return golden_manifest(place.lake, place.lake.head(MAIN), name)
    manifest = read_folder(folder)
    if manifest.digest != name:
        raise CorruptError(f"{folder} holds {manifest.digest[:12]}: remove it and build it again")
    return manifest
