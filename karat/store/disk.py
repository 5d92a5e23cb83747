"""A store of one file a key, each with the digest of its key and content in its first line.

Nothing is flushed: after a power cut an entry may be torn, its digest shows it, and it counts as
missing. A file is written under another name and renamed, so no reader sees half of one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from karat.digest import digest
from karat.errors import UnavailableError
from karat.store.keys import check_key

_MAGIC = b"karat-store/1 "
_HEADER = len(_MAGIC) + 64 + 1


class DiskStore:
    """Results in files below `root`, which is made when missing; `UnavailableError` if it cannot.

    `corrupt` counts the entries found that were not what was put.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.corrupt = 0
        try:
            (self._root / "tmp").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable("made", error) from error

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None when it is missing or corrupt."""
        try:
            found = self._file(check_key(key)).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable("read", error) from error
        data = found[_HEADER:]
        if found[:_HEADER] != _header(key, data):
            self.corrupt += 1
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        target = self._file(check_key(key))
        try:
            target.parent.mkdir(exist_ok=True)
            content = bytes(data)  # a view's digest would not be its bytes'
            self._replace(target, _header(key, content) + content)
        except OSError as error:
            raise self._unavailable("written", error) from error

    def _replace(self, target: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._root / "tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _file(self, key: str) -> Path:
        return self._root / f"entries-{key[:2]}" / key

    def _unavailable(self, what: str, error: OSError) -> UnavailableError:
        where, why = error.filename or self._root, error.strerror or error
        return UnavailableError(
            f"the store at {self._root} cannot be {what}, at {where}: {why}; free space, mend "
            "permissions, or choose another directory"
        )


def _header(key: str, data: bytes) -> bytes:
    return _MAGIC + digest("store/1", key, data).encode() + b"\n"
