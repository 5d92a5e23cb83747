"""The server's configuration, repositories, branches, tags and branch protection."""

from __future__ import annotations

import re
from typing import Any

from tests.lakefs_double.state import ApiError, Branch, Repo
from tests.lakefs_double.web import Call, Reply, route

NAME = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")
BRANCH = re.compile(r"\w[-\w]*", re.ASCII)


@route("GET", "/config")
def get_config(call: Call) -> Reply:
    storage = {
        "blockstore_type": "local",
        "blockstore_id": "",
        "blockstore_namespace_example": "local://example",
        "blockstore_namespace_ValidityRegex": "^local://",
        "pre_sign_support": call.server.presign,
        "pre_sign_support_ui": False,
        "import_support": False,
        "import_validity_regex": "^local://",
    }
    return Reply(body={"version_config": {"version": "1.84.0"}, "storage_config": storage})


def _repository(repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.id,
        "creation_date": repo.created_s,
        "default_branch": repo.default_branch,
        "storage_namespace": repo.namespace,
        "storage_id": "",
        "read_only": False,
    }


@route("GET", "/repositories")
def list_repositories(call: Call) -> Reply:
    prefix, all_of_them = call.query.get("prefix", ""), call.server.repositories.copy()
    shown = [_repository(all_of_them[n]) for n in sorted(all_of_them) if n.startswith(prefix)]
    return Reply(body=call.page(shown, lambda repo: repo["id"]))


@route("POST", "/repositories")
def create_repository(call: Call) -> Reply:
    server, asked = call.server, call.json()
    name, branch = asked["name"], asked.get("default_branch") or "main"
    if not NAME.fullmatch(name):
        raise ApiError(400, f"repository name '{name}': invalid value")
    if asked.get("storage_id"):
        raise ApiError(400, "invalid storage id: invalid value")
    if name in server.repositories:
        raise ApiError(409, "error creating repository: not unique")
    if asked["storage_namespace"] in server.namespaces:  # bytes are never deleted
        raise ApiError(400, "failed to create repository: storage namespace already in use")
    server.namespaces.add(asked["storage_namespace"])
    backend = server.backend(name)
    repo = Repo(name, asked["storage_namespace"], branch, backend, server.clock())
    repo.found()
    server.repositories[name] = repo
    return Reply(201, _repository(repo))


@route("GET", "/repositories/{repository}")
def get_repository(call: Call) -> Reply:
    return Reply(body=_repository(call.repo))


@route("DELETE", "/repositories/{repository}")
def delete_repository(call: Call) -> Reply:
    del call.server.repositories[call.repo.id]
    return Reply(204)


@route("GET", "/repositories/{repository}/metadata")
def get_repository_metadata(call: Call) -> Reply:
    return Reply(body={} if call.repo else None)


def _refs(call: Call, commits: dict[str, str]) -> Reply:
    prefix = call.query.get("prefix", "")
    shown = [{"id": n, "commit_id": commits[n]} for n in sorted(commits) if n.startswith(prefix)]
    return Reply(body=call.page(shown, lambda ref: ref["id"]))


@route("GET", "/repositories/{repository}/branches")
def list_branches(call: Call) -> Reply:
    hidden, branches = call.flag("show_hidden"), call.repo.branches.copy()
    return _refs(call, {n: b.head for n, b in branches.items() if hidden or not b.hidden})


@route("POST", "/repositories/{repository}/branches")
def create_branch(call: Call) -> Reply:
    repo, asked = call.repo, call.json()
    name, commit = asked["name"], repo.commit_of(asked["source"])
    if not BRANCH.fullmatch(name):
        raise ApiError(400, f"branch '{name}': invalid value")
    with repo.lock:
        if name in repo.branches:
            raise ApiError(409, "branch already exists: not unique")
        if name in repo.tags:
            raise ApiError(409, f"tag ID {name}: conflict found")
        repo.branches[name] = Branch(commit, hidden=bool(asked.get("hidden")))
    return Reply(201, commit.encode(), {"Content-Type": "text/html"})


@route("GET", "/repositories/{repository}/branches/{branch}")
def get_branch(call: Call) -> Reply:
    name = call.path["branch"]
    return Reply(body={"id": name, "commit_id": call.repo.branch(name).head})


@route("DELETE", "/repositories/{repository}/branches/{branch}")
def delete_branch(call: Call) -> Reply:
    repo, name = call.repo, call.path["branch"]
    with repo.lock:
        repo.branch(name)
        if name == repo.default_branch:
            raise ApiError(403, "cannot delete repository default branch")
        del repo.branches[name]
    return Reply(204)


@route("GET", "/repositories/{repository}/tags")
def list_tags(call: Call) -> Reply:
    return _refs(call, call.repo.tags.copy())


@route("POST", "/repositories/{repository}/tags")
def create_tag(call: Call) -> Reply:
    repo, asked = call.repo, call.json()
    name = asked["id"]
    with repo.lock:
        if name in repo.tags:
            raise ApiError(409, "tag already exists: not unique")
        if name in repo.branches:
            raise ApiError(409, f"branch name {name}: conflict found")
        repo.tags[name] = repo.commit_of(asked["ref"])
    return Reply(201, {"id": name, "commit_id": repo.tags[name]})


def _tag(call: Call) -> str:
    if call.path["tag"] not in call.repo.tags:
        raise ApiError(404, "tag not found: not found")
    return call.path["tag"]


@route("GET", "/repositories/{repository}/tags/{tag}")
def get_tag(call: Call) -> Reply:
    name = _tag(call)
    return Reply(body={"id": name, "commit_id": call.repo.tags[name]})


@route("DELETE", "/repositories/{repository}/tags/{tag}")
def delete_tag(call: Call) -> Reply:
    del call.repo.tags[_tag(call)]
    return Reply(204)


@route("GET", "/repositories/{repository}/settings/branch_protection")
def get_branch_protection_rules(call: Call) -> Reply:
    return Reply(body=[{"pattern": pattern} for pattern in call.repo.protected])


@route("PUT", "/repositories/{repository}/settings/branch_protection")
def set_branch_protection_rules(call: Call) -> Reply:
    call.repo.protected[:] = [rule["pattern"] for rule in call.json()]
    return Reply(204)
