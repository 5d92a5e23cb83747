"""Bytes by URL, as an object store gives them: whoever has the URL needs no key."""

from __future__ import annotations

from tests.lakefs_double.objects import keep, part
from tests.lakefs_double.state import ApiError, Repo
from tests.lakefs_double.web import Call, Reply, route


def _known(call: Call) -> tuple[Repo, str]:
    """Return what the URL is for; 403 once it has ended."""
    found = call.server.urls.get(call.path["token"])
    if found is None:
        raise ApiError(403, "Request has expired")
    return call.server.repo(found[0]), found[1]


@route("GET", "/presigned/{token}")
def read_presigned(call: Call) -> Reply:
    repo, name = _known(call)
    size = repo.backend.blobs.path(name, verify=False).stat().st_size
    return part(call, repo, (name, size), {})


@route("PUT", "/presigned/{token}")
def write_presigned(call: Call) -> Reply:
    repo, _ = _known(call)
    name, _ = keep(call, repo, call.body)
    return Reply(200, b"", {"ETag": f'"{repo.etags[name]}"', "Content-Type": "text/plain"})
