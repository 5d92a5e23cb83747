"""The official client of a double, and short ways to use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from lakefs.client import Client
from lakefs_sdk import BranchCreation, CommitCreation, Merge, RepositoryCreation
from lakefs_sdk.client import LakeFSClient

from tests.lakefs_double.server import Double

REPOSITORY = "market-data"
FIRST = {"a": b"1"}


def official(double: Double) -> LakeFSClient:
    """Return lakeFS's own client of a server."""
    state = double.state
    client = Client(host=double.url, username=state.key_id, password=state.secret)
    sdk: LakeFSClient = client.sdk_client
    return sdk


def new_repository(sdk: LakeFSClient, name: str = REPOSITORY) -> None:
    """Make a repository with a branch main."""
    asked = RepositoryCreation(name=name, storage_namespace=f"local://{name}")
    sdk.repositories_api.create_repository(asked)


def upload(sdk: LakeFSClient, branch: str, path: str, data: bytes, **more: str) -> Any:
    """Upload as the official wrapper does it, with `more` metadata."""
    api = sdk.objects_api.api_client
    headers: dict[str, str] = {"Content-Type": "application/octet-stream"}
    headers |= {f"x-lakefs-meta-{key}": value for key, value in more.items()}
    api.update_params_for_auth(headers, None, ["basic_auth"], "", "POST", None)
    address = f"/repositories/{REPOSITORY}/branches/{branch}/objects?{urlencode({'path': path})}"
    pool = api.rest_client.pool_manager
    return pool.request("POST", api.configuration.host + address, headers=headers, body=data)


def upload_as(sdk: LakeFSClient, branch: str, path: str, data: bytes, said: str) -> None:
    """Upload bytes that are said to have another digest."""
    assert upload(sdk, branch, path, data, **{"content-sha256": said}).status == 201


def branch_with(
    sdk: LakeFSClient, branch: str, files: Mapping[str, bytes] = FIRST, message: str = "more"
) -> str:
    """Make a branch off main with one commit of `files`; the commit."""
    creation = BranchCreation(name=branch, source="main")
    sdk.branches_api.create_branch(REPOSITORY, creation)
    for path, data in files.items():
        assert upload(sdk, branch, path, data).status == 201
    return commit(sdk, branch, message)


def commit(sdk: LakeFSClient, branch: str, message: str = "more") -> str:
    """Commit what waits on a branch; the commit."""
    return str(sdk.commits_api.commit(REPOSITORY, branch, CommitCreation(message=message)).id)


def merge(sdk: LakeFSClient, source: str, into: str = "main", **facts: str) -> str:
    """Merge and return the commit."""
    asked = Merge(message="publish", metadata=facts)
    return str(sdk.refs_api.merge_into_branch(REPOSITORY, source, into, merge=asked).reference)


def head(sdk: LakeFSClient, branch: str = "main") -> str:
    """Return where a branch is."""
    return str(sdk.branches_api.get_branch(REPOSITORY, branch).commit_id)
