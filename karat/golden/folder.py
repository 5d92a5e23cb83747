"""A golden manifest as a folder of files, to be carried about and adopted elsewhere."""

from __future__ import annotations

from pathlib import Path

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, UnavailableError
from karat.golden.manifest import GoldenManifest

TEXT = "golden.json"
CELLS, FULL = "cells", "full"


def write_folder(manifest: GoldenManifest, folder: Path) -> None:
    """Write the manifest's text and its goldens, each called by its digest.

    The text comes last, so that a folder that has it is whole. What is there of the same manifest
    stays. Raises InputError for a folder that holds another one, UnavailableError when it cannot
    be written.
    """
    text = folder / TEXT
    if text.exists() and text.read_bytes() != manifest.encode():
        raise InputError(f"{folder} holds another golden manifest: name a new folder")
    try:
        (folder / CELLS).mkdir(parents=True, exist_ok=True)
        for name, data in manifest.cell_files().items():
            (folder / CELLS / name).write_bytes(data)
        for name, values in manifest.full_files().items():
            if values is not None:
                (folder / FULL).mkdir(exist_ok=True)
                (folder / FULL / name).write_bytes(values)
        part = folder / f"{TEXT}.part"
        part.write_bytes(manifest.encode())
        part.replace(text)
    except OSError as error:
        raise UnavailableError(f"{folder}: cannot be written ({error.strerror})") from error


def read_folder(folder: Path) -> GoldenManifest:
    """Return the manifest in a folder.

    Raises InputError where there is none, CorruptError where a part is missing or was edited.
    """
    try:
        data = (folder / TEXT).read_bytes()
    except OSError as error:
        told = f"{folder}: no golden manifest here ({TEXT}: {error.strerror})"
        raise InputError(f"{told}: karat golden build --out makes one") from error
    try:
        names = GoldenManifest.cell_names(data)
        found = GoldenManifest.decode(data, {n: (folder / CELLS / n).read_bytes() for n in names})
        return found.with_full({n: (folder / FULL / n).read_bytes() for n in found.full_files()})
    except OSError as error:
        what = f"golden manifest {bytes_digest(data)[:12]} in {folder}"
        raise CorruptError(f"{what} lacks a part ({error}): build it again") from error
