"""A home of the demo's own, so that no one's lake is ever touched."""

import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from karat.cli.settings import Settings
from karat.errors import InputError, UnavailableError
from karat.jobs.demo.ground import Ground

MARK = "made-by-karat-demo"
PARTS = ("lake", "store", "dagster", "captures", "sealed.json")


def cleared(home: Path, lake: str | None = None) -> Settings:
    """Return settings below `home`, emptied of what an earlier demo left there.

    The lake lies there too, or at the URL `lake`, where it is made, or made again. Raises
    InputError, and touches nothing, when something lies in either that no demo made;
    UnavailableError when one cannot be made or emptied; the lake's own errors.
    """
    held = [part for part in PARTS if (home / part).exists()]
    if held and not (home / MARK).exists():
        raise InputError(
            f"{home / held[0]} was not made by a demo: karat demo --home some/other/folder"
        )
    contract = files("karat.contracts") / "examples" / "book_events.yaml"
    settings = Settings(home, lake or (home / "lake").as_uri(), Path(str(contract)))
    ground = None if lake is None else Ground.at(lake, settings.cache)
    try:
        _empty(home, held)
        if (home / "witness").exists():  # else the new ledger is one that lost its records
            settings.key_files.forget(settings.lake)
        if ground is not None:
            ground.make()
    except OSError as error:
        raise UnavailableError(
            f"{home}: cannot be the demo's home ({error.strerror or error}): "
            "karat demo --home some/other/folder"
        ) from error
    return settings


def _empty(home: Path, held: Sequence[str]) -> None:
    """Remove what an earlier demo left, and mark the home as a demo's."""
    for part in held:
        remove = shutil.rmtree if (home / part).is_dir() else Path.unlink
        remove(home / part)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text(
        "Made by `karat demo`, which empties this folder when it runs again.\n"
    )
