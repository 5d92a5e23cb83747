"""Statistics of other packages, found by their entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from karat.errors import InputError
from karat.states.statistic import Statistic

GROUP = "karat.statistics"
NEEDED = "name", "version", "ordered", "key", "empty", "observe", "merge", "encode", "decode"


def plugged_names() -> list[str]:
    """Return the names under which installed packages offer statistics, in order."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


@cache
def plugged(name: str) -> Statistic[Any]:
    """Return the statistic that the entry point `name` of `karat.statistics` makes.

    The entry point is a class, or a function, that is called with nothing. It is loaded once in a
    process. Raises `InputError` for a name that no package has, or two, for a package that cannot
    be imported, and for an object that is no `Statistic`.
    """
    statistic: Statistic[Any] = _made(_entry(name))
    if lacks := [part for part in NEEDED if not hasattr(statistic, part)]:
        kind = type(statistic).__name__
        raise InputError(f"statistic {name!r}: {kind} is no Statistic, it lacks {', '.join(lacks)}")
    return statistic


def _entry(name: str) -> EntryPoint:
    found = {entry.value: entry for entry in entry_points(group=GROUP, name=name)}
    if not found:
        known = ", ".join(plugged_names()) or "none"
        raise InputError(
            f"no statistic {name!r} is installed; have {known}: install the package that "
            f"registers it under the entry point {GROUP!r}"
        )
    if len(found) > 1:
        places = " and ".join(sorted(found))
        raise InputError(f"statistic {name!r} is both {places}: uninstall one of these packages")
    return next(iter(found.values()))


def _made(entry: EntryPoint) -> Any:
    try:
        return entry.load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise InputError(f"statistic {entry.name!r} ({entry.value}): {error}: repair it") from error
