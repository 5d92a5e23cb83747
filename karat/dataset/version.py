"""Versions of training datasets, and which part of one rises."""

from __future__ import annotations

import re
from typing import NamedTuple

from karat.dataset.manifest import Manifest, ruled_changes
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

    MAJOR when schema, contract, golden manifest, features or split rule changed or a partition is
    gone, else MINOR when partitions came, else PATCH: partitions were restated, or proved anew.
    """
    major, minor, patch = Version.parse(before.version)
    old, new = before.by_partition.keys(), after.by_partition.keys()
    if ruled_changes(before, after) or old - new:
        return Version(major + 1, 0, 0)
    if new - old:
        return Version(major, minor + 1, 0)
    return Version(major, minor, patch + 1)


def named(dataset: str) -> tuple[str, str]:
    """Return name and version of a dataset written ``demo@1.0.0``; InputError for another form."""
    name, _, version = dataset.partition("@")
    if not (name and version):
        raise InputError(f"dataset {dataset!r}: write name@version, such as demo@1.0.0")
    return name, version
