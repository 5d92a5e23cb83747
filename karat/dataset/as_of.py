"""Point-in-time reads: which version of a training dataset was the newest at a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from karat.dataset.tagged import tags
from karat.dataset.version import Version
from karat.errors import DatasetRefused, InputError, RefNotFound
from karat.lake import CommitId, Lake

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def versions_as_of(lake: Lake, name: str, moment: str) -> list[Version]:
    """Return the versions of a dataset that were there at `moment`, lowest first.

    `moment` is a commit, branch or tag (what it holds was there), a day (to its end, UTC), or a
    time as ISO 8601 writes it, without an offset in UTC. InputError for anything else.
    """
    found = sorted((Version.parse(version), commit) for _, version, commit in tags(lake, name))
    at_s = _seconds(moment)
    if at_s is None:
        head = _commit(lake, moment)
        return [version for version, commit in found if lake.is_ancestor(commit, head)]
    return [one for one, commit in found if lake.commit_info(commit).created_at_s <= at_s]


def newest_as_of(lake: Lake, name: str, moment: str) -> str:
    """Return the newest version at `moment`; DatasetRefused when there was none."""
    found = versions_as_of(lake, name, moment)
    if not found:
        have = ", ".join(sorted(version for _, version, _ in tags(lake, name))) or "none"
        raise DatasetRefused(f"{name}: there was no version as of {moment}; have {have}")
    return str(found[-1])


def _commit(lake: Lake, ref: str) -> CommitId:
    try:
        return lake.resolve(ref)
    except (RefNotFound, InputError) as error:
        raise InputError(
            f"as of {ref!r}: write a commit, a branch, a day or a time such as 2024-08-08T12:00Z"
        ) from error


def _seconds(moment: str) -> int | None:
    """Return the last second of a moment, since 1970 UTC; None for what is no time."""
    try:
        if _DAY.fullmatch(moment):
            end = datetime.combine(date.fromisoformat(moment), time.max, UTC)
        else:
            end = datetime.fromisoformat(moment)
            end = end if end.tzinfo else end.replace(tzinfo=UTC)
        return int(end.timestamp())
    except (ValueError, OverflowError):
        return None
