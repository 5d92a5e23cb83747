"""Files: put, read, listed, copied, taken away; bytes by URL where the server offers them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from io import BytesIO
from itertools import pairwise
from typing import Any, BinaryIO, cast

from karat.lake.backend import Entry
from tests.lakefs_double.state import ApiError, Repo
from tests.lakefs_double.web import MOST, Call, Reply, route

META = "x-lakefs-meta-"
OCTETS = "application/octet-stream"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
OBJECTS = "/repositories/{repository}/refs/{ref}/objects"
WRITES = "/repositories/{repository}/branches/{branch}"


def stats(call: Call, path: str, entry: Entry, *, presign: bool = False) -> dict[str, Any]:
    """Return what the server tells of one file: its checksum is the MD5 of the bytes."""
    repo = call.repo
    told = {
        "path": path,
        "path_type": "object",
        "physical_address": f"{repo.namespace}/data/{entry.content_hash}",
        "checksum": repo.etags[entry.content_hash],
        "size_bytes": entry.size,
        "mtime": entry.mtime_s,
        "content_type": entry.content_type,
        "metadata": dict(entry.metadata),
    }
    if presign and call.server.presign:
        told["physical_address"] = call.server.url(repo.id, entry.content_hash)
        told["physical_address_expiry"] = call.server.clock() + 900
    return told


def keep(call: Call, repo: Repo, data: BinaryIO) -> tuple[str, int]:
    """Keep bytes and return their digest and size; their MD5 is remembered."""
    checksum = hashlib.file_digest(cast("BytesIO", data), "md5").hexdigest()
    data.seek(0)
    staging = repo.backend.blobs.staging(call.path.get("branch", "upload"))
    name, size = staging.put(data)
    repo.etags[name] = checksum
    return name, size


def stage(call: Call, path: str, entry: Entry | None) -> None:
    """Have a change wait on the branch; 403, 404, 412 where it must be new."""
    repo, name = call.repo, call.path["branch"]
    repo.refuse_if_protected(name, "write")
    with repo.lock:
        branch = repo.branch(name)
        if call.headers.get("If-None-Match") == "*" and exists(repo, name, path):
            raise ApiError(412, "path already exists: precondition failed")
        branch.staged[path] = entry


def exists(repo: Repo, ref: str, path: str) -> bool:
    """Tell whether readers of `ref` see a file."""
    try:
        repo.find(ref, path)
    except ApiError:
        return False
    return True


@route("POST", WRITES + "/objects")
def upload_object(call: Call) -> Reply:
    path, kind = call.needed("path"), call.headers.get("Content-Type") or OCTETS
    call.repo.branch(call.path["branch"])
    name, size = keep(call, call.repo, call.body)
    # A server reads header lines as bytes: what a client sent as UTF-8 is UTF-8 again.
    sent = ((k.lower(), v.encode("latin-1").decode()) for k, v in call.headers.items())
    facts = {key.removeprefix(META): value for key, value in sent if key.startswith(META)}
    entry = Entry(name, size, kind, facts, call.server.clock())
    stage(call, path, entry)
    return Reply(201, stats(call, path, entry))


@route("DELETE", WRITES + "/objects")
def delete_object(call: Call) -> Reply:
    stage(call, call.needed("path"), None)
    return Reply(204)


@route("POST", WRITES + "/objects/delete")
def delete_objects(call: Call) -> Reply:
    paths = call.json()["paths"]
    if len(paths) > MOST:
        raise ApiError(400, f"request size exceeded {MOST} paths")
    errors = []
    for path in paths:
        try:
            stage(call, path, None)
        except ApiError as error:
            errors.append({"path": path, "status_code": error.status, "message": str(error)})
    return Reply(body={"errors": errors})


@route("POST", WRITES + "/objects/copy")
def copy_object(call: Call) -> Reply:
    asked, branch = call.json(), call.path["branch"]
    entry = call.repo.find(asked.get("src_ref") or branch, asked["src_path"])
    stage(call, call.needed("dest_path"), entry)
    return Reply(201, stats(call, call.query["dest_path"], entry))


@route("GET", WRITES + "/staging/backing")
def get_physical_address(call: Call) -> Reply:
    call.repo.branch(call.path["branch"])
    told: dict[str, Any] = {"physical_address": f"{call.repo.namespace}/data/{call.needed('path')}"}
    if call.flag("presign") and call.server.presign:
        told["presigned_url"] = call.server.url(call.repo.id, "")
    return Reply(body=told)


@route("PUT", WRITES + "/staging/backing")
def link_physical_address(call: Call) -> Reply:
    asked, path, repo = call.json(), call.needed("path"), call.repo
    checksum = asked["checksum"].strip('"')
    name = next((n for n, etag in repo.etags.items() if etag == checksum), None)
    if name is None:
        raise ApiError(400, "link address invalid: nothing was written there")
    kind, facts = asked.get("content_type") or OCTETS, asked.get("user_metadata") or {}
    entry = Entry(name, asked["size_bytes"], kind, facts, call.server.clock())
    stage(call, path, entry)
    return Reply(200, stats(call, path, entry))


@route("GET", OBJECTS)
def get_object(call: Call) -> Reply:
    entry = call.repo.find(call.path["ref"], call.needed("path"))
    if call.flag("presign") and call.server.presign:
        return Reply(302, b"", {"Location": call.server.url(call.repo.id, entry.content_hash)})
    return content(call, entry)


@route("HEAD", OBJECTS)
def head_object(call: Call) -> Reply:
    return content(call, call.repo.find(call.path["ref"], call.needed("path")))


@route("GET", OBJECTS + "/stat")
def stat_object(call: Call) -> Reply:
    path = call.needed("path")
    entry = call.repo.find(call.path["ref"], path)
    return Reply(body=stats(call, path, entry, presign=call.flag("presign")))


@route("GET", OBJECTS + "/ls")
def list_objects(call: Call) -> Reply:
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    names = [cut(path, prefix, delimiter) for path, _ in call.repo.files(call.path["ref"], prefix)]
    once = names[:1] + [name for before, name in pairwise(names) if name != before]
    shown = call.page([name for name in once if name >= prefix], str)
    files = (told(call, name, delimiter) for name in shown["results"])
    return Reply(body={**shown, "results": list(files)})


def told(call: Call, name: str, delimiter: str) -> Mapping[str, Any]:
    """Return a line of a listing."""
    if delimiter and name.endswith(delimiter):
        return {
            "path": name,
            "path_type": "common_prefix",
            "physical_address": "",
            "checksum": "",
        } | {"mtime": 0}
    return stats(call, name, call.repo.find(call.path["ref"], name))


def cut(path: str, prefix: str, delimiter: str) -> str:
    """Return the path up to the first delimiter after the prefix."""
    head, mark, _ = path[len(prefix) :].partition(delimiter) if delimiter else (path, "", "")
    return prefix + head + mark if delimiter else path


def content(call: Call, entry: Entry) -> Reply:
    """Return the bytes of a file, or the part that was asked for; 416."""
    etag = f'"{call.repo.etags[entry.content_hash]}"'
    headers = {"ETag": etag, "Content-Type": entry.content_type}
    return part(call, call.repo, (entry.content_hash, entry.size), headers)


def part(call: Call, repo: Repo, blob: tuple[str, int], headers: dict[str, str]) -> Reply:
    """Return the bytes of a blob of a size, or the range of them that was asked for; 416."""
    stream, size = repo.backend.blobs.open(*blob), blob[1]
    asked = RANGE.fullmatch(call.headers.get("Range", ""))
    if asked is None:
        return Reply(200, stream, headers, size)
    start, end = bounds(asked, size)
    stream.seek(start)
    return Reply(
        206, stream, headers | {"Content-Range": f"bytes {start}-{end}/{size}"}, end - start + 1
    )


def bounds(asked: re.Match[str], size: int) -> tuple[int, int]:
    """Return the first and the last byte of a range; 416."""
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        raise RangeError(size)
    return start, end


class RangeError(ApiError):
    """There are no such bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(416, "Requested Range Not Satisfiable")
        self.headers = {"Content-Range": f"bytes */{size}"}
