"""Golden manifests of a lake: those that were ever adopted, by whom, why and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import MAIN, golden_current_path, golden_manifest_path
from karat.signing import read_statement
from karat.verdicts.adoption import KIND


@dataclass(frozen=True, slots=True)
class Adoption:
    """A manifest put in force: by whom and why is signed, `at_s` is the commit's, 1970 UTC.

    `revoked` says why the key that signed it is not believed any more; "" where it is.
    """

    golden: str
    who: str
    reason: str
    at_s: int
    commit: CommitId
    revoked: str


def adoptions(lake: Lake, dataset: str) -> Iterator[Adoption]:
    """Yield the adoptions of a dataset's golden manifests on main, newest first.

    Raises CorruptError for a note that was edited, UntrustedError for one that a stranger signed.
    """
    path, commits = golden_current_path(dataset), list(lake.log(MAIN, first_parent=True))
    there = [_named(lake, commit.id, path) for commit in commits]
    for commit, now, before in zip(commits, there, [*there[1:], ""], strict=True):
        if now and now != before:
            yield _read(lake, commit.id, path, commit.created_at_s)


def golden_digests(lake: Lake, commit: CommitId) -> list[str]:
    """Return the digests of all manifests that lie at a commit, in force or not."""
    prefix = golden_manifest_path("0", "json").removesuffix("0.json")
    found = (one.path for one in lake.list(commit, prefix) if not isinstance(one, Prefix))
    names = (path.removeprefix(prefix) for path in found)
    return [name.removesuffix(".json") for name in names if _is_manifest(name)]


def _is_manifest(name: str) -> bool:
    return name.endswith(".json") and "/" not in name


def _named(lake: Lake, commit: CommitId, path: str) -> str:
    try:
        return lake.stat(commit, path).content_hash
    except ObjectNotFound:
        return ""


def _read(lake: Lake, commit: CommitId, path: str, at_s: int) -> Adoption:
    with lake.open(commit, path) as stream:
        payload, revoked = lake.keys.opened(stream.read(), f"{path} at {commit[:12]}")
    _, body = read_statement(KIND, payload, path)
    golden, who, reason = (str(body[part]) for part in ("golden", "who", "reason"))
    return Adoption(golden, who, reason, at_s, commit, revoked)
