"""The code that makes a policy, by its digest: another digest may make other weights."""

from __future__ import annotations

from pathlib import Path

from karat.digest import bytes_digest, digest

PACKAGES = ("training", "dataset")


def code_digest() -> str:
    """Return the digest of the sources that read steps and train on them."""
    root = Path(__file__).parents[1]
    files = sorted(file for name in PACKAGES for file in (root / name).glob("*.py"))
    named = ((str(one.relative_to(root)), bytes_digest(one.read_bytes())) for one in files)
    return digest("training code/1", *(part for pair in named for part in pair))
