"""What this machine saw last of a lake's ledger: a ledger that was put back does not hold it."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from errno import EACCES, ENOENT, EPERM, EROFS
from pathlib import Path
from typing import Protocol

from karat.errors import CorruptError, UnavailableError
from karat.signing.writing import locked, replace_file

SHOWN = "shown"
"""What the ledger was shown to hold, by the name under which it is kept."""
UNWRITABLE = {EACCES, ENOENT, EPERM, EROFS}


class Witness(Protocol):
    """Remembers the newest entries of one ledger."""

    def seen(self) -> frozenset[str]:
        """Return the entries that no later one followed, when the ledger was last looked at."""

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:
        """Remember `tips`, unless what is remembered has entries that are not among `known`."""

    def kept(self, name: str = SHOWN) -> bytes | None:
        """Return what was last kept of the ledger under a name, None for nothing."""

    def keep(self, data: bytes, name: str = SHOWN) -> None:
        """Keep what was shown of the ledger; where it cannot be, nothing."""


class MemoryWitness:
    """Remembers while the process runs."""

    def __init__(self) -> None:
        self._tips: frozenset[str] = frozenset()

    def seen(self) -> frozenset[str]:
        """Return what was seen last; nothing at first."""
        return self._tips

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:
        """Remember `tips`."""
        if all(tip in known for tip in self._tips):
            self._tips = tips

    def kept(self, name: str = SHOWN) -> bytes | None:  # noqa: ARG002 - as `Witness` has it
        """Return nothing: the process itself knows what it was shown."""
        return None

    def keep(self, data: bytes, name: str = SHOWN) -> None:
        """Keep nothing."""


class FileWitness:
    """Remembers in a small file beside the trust root, and keeps what was shown in others."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _beside(self, name: str) -> Path:
        return self._path.with_suffix(f".{name}")

    def seen(self) -> frozenset[str]:
        """Return what was seen last; nothing without a file; CorruptError for no list."""
        try:
            return _tips(self._path.read_bytes())
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise UnavailableError(f"{self._path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CorruptError(
                f"{self._path}: not what was seen of a ledger: {error!r}: remove it once you have "
                "looked at the ledger yourself"
            ) from error

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:
        """Remember `tips`; where nothing can be written, as beside a mounted trust root, nothing.

        Another process may have seen more meanwhile: then its memory stays.
        """
        if self.seen() == tips:
            return
        try:
            self._path.parent.mkdir(exist_ok=True)
            with locked(self._path.parent):
                if all(tip in known for tip in self.seen()):
                    text = json.dumps({"tips": sorted(tips)}, indent=1) + "\n"
                    replace_file(self._path, text.encode(), mode=0o644)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise UnavailableError(
                    f"{self._path} cannot be written: {error.strerror}"
                ) from error

    def kept(self, name: str = SHOWN) -> bytes | None:
        """Return what another file holds, None for one that is missing or cannot be read."""
        with suppress(OSError):
            return self._beside(name).read_bytes()
        return None

    def keep(self, data: bytes, name: str = SHOWN) -> None:
        """Replace another file; what cannot be written is not kept, and not flushed either."""
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            replace_file(self._beside(name), data, mode=0o644, lasting=False)

    def forget(self) -> None:
        """Take all files away."""
        for path in (self._path, *self._path.parent.glob(f"{self._path.stem}.*")):
            path.unlink(missing_ok=True)


def _tips(data: bytes) -> frozenset[str]:
    """Return what is listed; the errors of a document that is none of ours."""
    tips = json.loads(data)["tips"]
    if not isinstance(tips, list):
        raise TypeError(f"{tips!r} is no list")
    return frozenset(map(str, tips))
