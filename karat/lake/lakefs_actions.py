"""Files that lakeFS reads itself: put on a branch of a repository, where no session may write."""

from __future__ import annotations

from collections.abc import Mapping

from lakefs_sdk import CommitCreation

from karat.lake.lakefs_access import Access, host_and_repository
from karat.lake.lakefs_cache import Cache
from karat.lake.lakefs_calls import Calls
from karat.lake.lakefs_metadata import written
from karat.lake.lakefs_upload import parcel, upload
from karat.lake.protocol import OCTETS, CommitId


def commit_reserved(
    url: str, access: Access, branch: str, files: Mapping[str, bytes], message: str
) -> CommitId:
    """Commit `files` to a branch of the repository at `url`, whatever their paths.

    Paths below ``_lakefs_actions/`` are lakeFS's own, and a lake refuses them otherwise. Errors
    are the lake's.
    """
    host, repository = host_and_repository(url)
    calls = Calls(access, access.server(host), repository)
    for path, data in files.items():
        sent = parcel(data, Cache(access.cache, access.cache_limit), consume=False)
        upload(calls, branch, path, sent, OCTETS, written({}, sent.content_hash))
    commit, body = calls.api.commits_api.commit, CommitCreation(message=message)
    return str(calls.ask("commit", commit, repository, branch, body).id)
