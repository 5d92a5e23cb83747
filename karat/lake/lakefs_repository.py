"""Repositories of a lakeFS server, lakes or not: looked at, and taken away.

Opening a lake makes a repository one, so who must not touch what others keep looks here first.
"""

from __future__ import annotations

from karat.errors import RepositoryNotFound
from karat.lake import lakefs_founding as founding
from karat.lake.lakefs_access import Access, host_and_repository
from karat.lake.lakefs_calls import Calls
from karat.lake.lakefs_refs import Refs


def is_there(url: str, access: Access) -> bool:
    """Tell whether the server has the repository; LakeUnusable and InputError as for a lake."""
    return founding.is_there(_calls(url, access))


def is_new(url: str, access: Access) -> bool:
    """Tell whether nothing was ever committed to the repository, and nothing is tagged."""
    refs = Refs(_calls(url, access))
    heads = {ref.commit for ref in refs.branches("")}
    return not any(refs.commit(head).parents for head in heads) and not any(refs.tags(""))


def forget(url: str, access: Access) -> None:
    """Have the server forget the repository with all its history; it keeps the bytes.

    One that is made in its place needs another storage namespace.
    """
    calls = _calls(url, access)
    delete, missing = calls.api.repositories_api.delete_repository, RepositoryNotFound(url)
    calls.change(
        "delete the repository",
        lambda: delete(calls.repository, **calls.limits),
        missing,
        settled=lambda: None if founding.is_there(calls) else True,
    )


def _calls(url: str, access: Access) -> Calls:
    host, repository = host_and_repository(url)
    return Calls(access, access.server(host), repository)
