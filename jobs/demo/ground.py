"""A lake that is named for the demo: new, or an earlier demo's, and nobody else's ever."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Literal
from urllib.parse import unquote, urlsplit

from karat.cli.server_key import NAMESPACE, access_to
from karat.errors import InputError, RepositoryNotFound
from karat.lake import Access, Lake, open_lake
from karat.lake.layout import LEDGER, MAIN

MARK = "made-by-karat-demo"
INSTRUMENT = "sim-usdm-demousdt"
NAME = "demo"
OWN = ("_karat/golden/", f"datasets/{NAME}/", "carries/", "order/", "states/")
BRANCHES = ("wap-", "session-")
FILES = {f"lake.db{more}" for more in ("", "-wal", "-shm")} | {"blobs", "tmp", "pins", "quarantine"}
Standing = Literal["missing", "new", "ours"]


@dataclass(frozen=True)
class Ground:
    """Where the demo is played, and what stood there: nothing, an unused lake, or a demo's."""

    url: str
    access: Access | None
    standing: Standing

    @classmethod
    def at(cls, url: str, cache: Path) -> Ground:
        """Look at the lake that `url` names, and touch nothing.

        Raises InputError when anything is there that no demo made, and for a lake in memory;
        otherwise as `karat.lake.open_lake`.
        """
        if url.startswith("memory:"):
            raise InputError(f"{url} would be gone with the demo: name a directory, or no lake")
        access = access_to(url, cache=cache)
        return cls(url, access, _standing(url, access))

    def make(self) -> None:
        """Make a lake with the demo's mark; an unused one is taken as it is, and not marked.

        What an earlier demo made is deleted first. Errors as `karat.lake.open_lake`, and OSError.
        """
        if self.standing == "new":
            return
        access = self.access
        if access is not None and access.namespace is not None:  # lakeFS takes each only once
            access = replace(access, namespace=f"{access.namespace.rstrip('/')}/{token_hex(4)}")
        if self.standing == "ours":
            self._forget()
        open_lake(self.url, access=access).create_tag(MARK, MAIN)

    def _forget(self) -> None:
        if self.access is None:
            folder = _folder(self.url)
            if folder.exists():
                shutil.rmtree(folder)
            return
        from karat.lake import lakefs_repository

        if self.access.namespace is None:
            raise InputError(
                f"{self.url} holds an earlier demo, and can be made again when {NAMESPACE} says "
                "where its bytes go, such as s3://bucket/demo: set that, or name another"
            )
        lakefs_repository.forget(self.url, self.access)


def _standing(url: str, access: Access | None) -> Standing:
    if access is None and not url.startswith("lakefs:"):
        return _of_folder(url, _folder(url))
    if access is None:
        open_lake(url, create=False)  # says which key is missing
        raise AssertionError("a lake on a server opens with a key")
    from karat.lake import lakefs_repository

    if not lakefs_repository.is_there(url, access):
        return "missing"
    if lakefs_repository.is_new(url, access):
        return "new"
    try:
        return _of_lake(open_lake(url, create=False, read_only=True, access=access), url)
    except RepositoryNotFound as error:
        raise _theirs(url, "a repository with files and no ledger") from error


def _of_folder(url: str, folder: Path) -> Standing:
    if not folder.is_dir() or not any(folder.iterdir()):
        return "missing"
    found = sorted(path.name for path in folder.iterdir())
    if strange := [name for name in found if name not in FILES]:
        raise _theirs(url, strange[0])
    lake = open_lake(url, create=False, read_only=True)
    unused = not any(lake.commit_info(ref.commit).parents for ref in lake.branches())
    return "new" if unused and not any(lake.tags()) else _of_lake(lake, url)


def _of_lake(lake: Lake, url: str) -> Standing:
    tags = {tag.name for tag in lake.tags()}
    if MARK not in tags:
        raise _theirs(url, "a lake without a demo's mark")
    if others := next(_others(lake), None):
        raise _theirs(url, others)
    return "ours"


def _others(lake: Lake) -> Iterator[str]:
    """Yield what a demo would not have made."""
    for tag in lake.tags():
        if tag.name != MARK and not tag.name.startswith(f"dataset-{NAME}-"):
            yield f"the tag {tag.name}"
    for branch in lake.branches():
        if branch.name not in {MAIN, LEDGER} and not branch.name.startswith(BRANCHES):
            yield f"the branch {branch.name}"
        for found in lake.list(branch.commit):
            if not (found.path.startswith(OWN) or INSTRUMENT in found.path):
                yield f"{found.path} on {branch.name}"


def _theirs(url: str, what: str) -> InputError:
    return InputError(
        f"{url} was not made by a demo, which would empty it: it holds {what}; name one that is "
        "not there yet: karat demo --lake ..."
    )


def _folder(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
