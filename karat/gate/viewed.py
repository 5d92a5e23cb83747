"""A lake that answers what is in its folders from the views at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from karat.errors import ObjectNotFound
from karat.gate.views import Views
from karat.lake import Lake, ObjectInfo, Prefix


class _Viewed:
    """Passes everything on but lists and stats of commits that are in view."""

    def __init__(self, lake: Lake, views: Views) -> None:
        self._lake, self._views = lake, views

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._lake, name)
        if callable(found):
            self.__dict__[name] = found
        return found

    def stat(self, ref: str, path: str) -> ObjectInfo:
        """Return what is known of one file."""
        view = self._views.get(ref)
        if view is None:
            return self._lake.stat(ref, path)
        found = view.file(path)
        if found is None:
            raise ObjectNotFound(f"nothing at {path!r} in {ref!r}")
        return found

    def list(
        self, ref: str, prefix: str = "", *, delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """Yield files by path; of a folder, from the view."""
        view = self._views.get(ref) if prefix.endswith("/") and delimiter is None else None
        if view is None:
            return self._lake.list(ref, prefix, delimiter=delimiter)
        return iter(view.folder(prefix).files.values())


def viewed(lake: Lake, views: Views) -> Lake:
    """Return the same lake; what `views` has at hand is not asked of it."""
    return cast("Lake", _Viewed(lake, views))
