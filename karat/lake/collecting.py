"""Take away what nothing names any more: collection of garbage in a local lake.

Kept is all that a branch or tag leads to, all that is younger than a grace period, and all that
an open session has put or works on, however old. Rows go first and in one transaction, files
after them: killed in between, nothing that is named is missing, and the next collection goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from karat.errors import InputError
from karat.lake.failures import translated
from karat.lake.litter import Litter
from karat.lake.local import LocalLake, local_lake
from karat.lake.protocol import Lake, Ref
from karat.lake.reach import Reach
from karat.lake.superseded import superseded
from karat.telemetry import Clock, now_s

DAY_S = 86_400
SESSIONS = "session-"


@dataclass(frozen=True, slots=True)
class Freed:
    """What was taken away, or would be: branches by name, all else counted, files in bytes."""

    branches: tuple[str, ...]
    commits: int
    tree_nodes: int
    blobs: int
    blob_bytes: int
    temporary_files: int
    temporary_bytes: int


def gc(
    lake: Lake,
    *,
    grace_s: int = DAY_S,
    clock: Clock = now_s,
    dry_run: bool = False,
    audit_branches: bool = False,
) -> Freed:
    """Free what is unreachable and older than `grace_s` seconds; with `dry_run`, only tell of it.

    Branches ``session-…`` that nobody works on and nobody has set for that long go too, and with
    `audit_branches` those that `superseded` finds. The grace period is for who has read a name
    and not yet named it in a commit or branch of their own: keep it longer than any job runs.
    Writers may go on meanwhile. `InputError` for a lake that is not in a directory or is open
    read-only, or for a negative grace period; `CorruptError` when something reachable is damaged.
    """
    local = local_lake(lake, "gc")
    local.database.refuse_if_read_only()
    if grace_s < 0:
        raise InputError(f"a grace period of {grace_s} s: give 0 or more")
    cutoff_s = clock() - grace_s
    asked = tuple(superseded(lake)) if audit_branches else ()
    reach = Reach(local)
    likely = _branches(local, cutoff_s, asked, frozenset())
    reach.add(_kept(local, cutoff_s, likely))  # the long walk, while others write
    with translated(local.root):
        litter = Litter(local.blobs, cutoff_s, clock())
        blobs = litter.blobs(reach.has_blob)
        with local.blobs.gate.alone(), local.refs.transaction():
            held = local.blobs.pins.held()
            gone = _branches(local, cutoff_s, asked, held.branches)
            reach.add(_kept(local, cutoff_s, gone))
            rows = _rows(local, reach, dry_run=dry_run, branches=gone)
            blobs = [
                one for one in blobs if not reach.has_blob(one.name) and one.name not in held.blobs
            ]
        files = litter.temporary_files()
        if not dry_run:
            blobs, files = litter.taken(blobs), litter.taken(files)
    sizes = (len(blobs), sum(b.size for b in blobs), len(files), sum(f.size for f in files))
    return Freed(tuple(gone), *rows, *sizes)


def _refs(lake: LocalLake) -> Iterable[Ref]:
    return (*lake.branches(), *lake.tags())


def _branches(
    lake: LocalLake, cutoff_s: int, asked: Iterable[Ref], held: frozenset[str]
) -> list[str]:
    """Return the branches that may go: those left by sessions, and those asked for."""
    query = "SELECT name FROM refs WHERE kind = 'branch' AND set_at_s < ? ORDER BY name"
    with lake.database.connection() as connection:
        old = [name for (name,) in connection.execute(query, (cutoff_s,))]
    left = [name for name in old if name.startswith(SESSIONS)]
    now = set(lake.branches())
    wanted = [ref.name for ref in asked if ref in now and ref.name in old]
    return [name for name in sorted({*left, *wanted}) if name not in held]


def _kept(lake: LocalLake, cutoff_s: int, gone: Iterable[str]) -> list[str]:
    """Return the commits to keep: those that are named, and the young."""
    out = set(gone)
    query = "SELECT id FROM commits WHERE created_at_s >= ?"
    with lake.database.connection() as connection:
        young = [name for (name,) in connection.execute(query, (cutoff_s,))]
    return [ref.commit for ref in _refs(lake) if ref.name not in out] + young


def _rows(
    lake: LocalLake, reach: Reach, *, branches: Iterable[str], dry_run: bool
) -> tuple[int, int]:
    """Take away what was not reached; return how many commits and tree nodes that is."""
    with lake.database.connection() as connection:
        names = (name for (name,) in connection.execute("SELECT id FROM commits"))
        commits = [(name,) for name in names if not reach.has_commit(name)]
        names = (name for (name,) in connection.execute("SELECT name FROM trees"))
        nodes = [(name,) for name in names if not reach.has_node(name)]
        if not dry_run:
            for name in branches:
                lake.refs.delete_branch(name)
            connection.executemany("DELETE FROM commits WHERE id = ?", commits)
            connection.executemany("DELETE FROM trees WHERE name = ?", nodes)
    return len(commits), len(nodes)
