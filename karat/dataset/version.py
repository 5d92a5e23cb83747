"""Versions of training datasets, and which part of one rises."""

from __future__ import annotations

import re
from typing import NamedTuple

from karat.dataset.manifest import Manifest
from karat.errors import InputError

_TEXT = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class Version(NamedTuple):
    """MAJOR.MINOR.PATCH, ordered by number.

    >>> Version.parse("1.10.0") > Version.parse("1.9.3")
    True
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version that `text` writes; InputError for anything else."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InputError(f"version {text!r}: write three numbers, such as 1.0.0")
        return cls(*map(int, match.groups()))

    @staticmethod
    def is_one(text: str) -> bool:
        """Return whether `text` writes a version."""
        return _TEXT.fullmatch(text) is not None

    def __str__(self) -> str:
        """Return ``major.minor.patch``."""
        return f"{self.major}.{self.minor}.{self.patch}"


FIRST = Version(1, 0, 0)


def following(before: Manifest, after: Manifest) -> Version:
    """Return the version of `after`, which comes after `before` and differs from it.

    MAJOR when the contract or the golden manifest changed or a partition is gone, else MINOR when
    partitions came, else PATCH: partitions were restated, or proved anew.
    """
    major, minor, patch = Version.parse(before.version)
    old, new = ({entry.partition for entry in m.entries} for m in (before, after))
    ruled = (before.dataset, before.contract, before.golden)
    if ruled != (after.dataset, after.contract, after.golden) or old - new:
        return Version(major + 1, 0, 0)
    if new - old:
        return Version(major, minor + 1, 0)
    return Version(major, minor, patch + 1)
