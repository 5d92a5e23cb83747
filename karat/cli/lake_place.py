"""The lake that `karat lake` works on, opened without keys: none of its commands signs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from karat.cli.server_key import access_to
from karat.cli.settings import absolute
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.lake import Lake


def the_lake(
    lake: str | None, home: Path | None, *, create: bool = False, read_only: bool = False
) -> Lake:
    """Return the lake that options name; errors as `karat.lake.open_lake`."""
    from karat.lake import open_lake

    url = absolute(workplace(lake, None, home).url)
    return open_lake(url, create=create, read_only=read_only, access=access_to(url))
