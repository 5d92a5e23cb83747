"""Small files written whole or not at all, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold off others who write in `folder` this way; made when missing, OSError if it cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # lets go of the lock too


def replace_file(path: Path, data: bytes, *, mode: int, lasting: bool = True) -> None:
    """Put `data` at `path`, which is never seen half written, nor open to more than `mode`.

    What is not `lasting` is not flushed: a power cut may lose it, or leave something else.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".karat-")  # only its owner reads it
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
