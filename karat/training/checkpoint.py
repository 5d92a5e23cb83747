"""Where training stands: written whole or not at all, so that a killed run loses little."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from karat.errors import UnavailableError


@dataclass(frozen=True)
class Standing:
    """The batch that comes next, and the arrays of weights and of the optimiser by name."""

    epoch: int
    position: int
    arrays: Mapping[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A file for one run: `run` says which, and what another run left there is not taken up."""

    file: Path
    run: str

    def read(self) -> Standing | None:
        """Return where the run stands; None for nothing, damage, or another run's file."""
        try:
            with np.load(io.BytesIO(self.file.read_bytes()), allow_pickle=False) as held:
                if str(held["run"]) != self.run:
                    return None
                names = set(held.files) - {"run", "at"}
                epoch, position = held["at"].tolist()
                return Standing(epoch, position, {name: held[name] for name in names})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, standing: Standing) -> None:
        """Keep it; UnavailableError where the disk does not take it."""
        stream = io.BytesIO()
        at = np.array([standing.epoch, standing.position])
        np.savez(stream, run=np.array(self.run), at=at, **standing.arrays)
        part = self.file.with_suffix(".part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(stream.getvalue())
            part.replace(self.file)
        except OSError as error:
            raise UnavailableError(f"{self.file}: cannot be written ({error.strerror})") from error

    def forget(self) -> None:
        """Take the file away: the run has come to its end."""
        self.file.unlink(missing_ok=True)
