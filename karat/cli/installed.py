"""What karat's package metadata asks for, and what is installed."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version

_BOUND = re.compile(r"(>=|<)\s*(\d[\d.]*)")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def requirements() -> Iterator[tuple[str, str, bool]]:
    """Yield name, what is to be said, and whether it fits: Python first, then each dependency."""
    metadata = distribution("karat").metadata
    yield _judge("Python", platform.python_version(), metadata["Requires-Python"] or "")
    for wanted in metadata.get_all("Requires-Dist") or []:
        found = _NAME.match(wanted)
        if found is None or "extra ==" in wanted:
            continue
        try:
            yield _judge(found[0], version(found[0]), wanted)
        except PackageNotFoundError:
            yield found[0], f"not installed: pip install '{wanted}' (or make setup)", False


def fits(have: str, wanted: str) -> bool:
    """Return whether a version is within the bounds of `wanted`; only ``>=`` and ``<`` are read.

    >>> fits("1.13.2", "dagster<1.14,>=1.13"), fits("1.14", "dagster<1.14,>=1.13")
    (True, False)
    """
    number = _number(have)
    return all(
        number >= _number(text) if sign == ">=" else number < _number(text)
        for sign, text in _BOUND.findall(wanted)
    )


def _judge(name: str, have: str, wanted: str) -> tuple[str, str, bool]:
    good = fits(have, wanted)
    said = have if good else f"{have} is installed, needs {wanted}: make setup"
    return name, said, good


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
