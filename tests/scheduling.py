"""Which worker gets which tests, and in what order: a file's are one's, and long ones come first.

A module's fixture is made once that way, and no worker is left with a long file when all else is
over.
"""

from __future__ import annotations

from typing import Any

import pytest

LONG = (
    "own_server",
    "tests/dagster/test_slow_lake.py",
    "tests/journeys/test_demo.py",
    "tests/journeys/test_stale_seconds.py",
    "many",
    "refined",
    "tests/unit/test_fault_verdicts.py",
    "tests/unit/test_catalogue_messages.py",
    "tests/unit/test_catalogue_columns.py",
    "tests/unit/test_stopping.py",
    "tests/unit/test_golden_memory.py",
    "tests/unit/test_faulted_training.py",
    "tests/unit/test_ablation.py",
    "tests/journeys/test_golden_commands.py",
    "tests/journeys/test_large_partition.py",
    "gated_server",
    "tests/unit/test_chunked_partitions.py",
    "tests/contracts/test_lakefs_lakes.py",
    "tests/laws/test_laws.py",
    "tests/dagster/",
    "tests/journeys/",
)
"""Groups, files and folders that take long, about the longest first; `make soak` tells them anew.

The second server comes when the first is about over: two Dagsters beside each other, while passes
are compiled yet, take each other's time until a wait ends.
"""


def scope(group: str, nodeid: str) -> str:
    """Return whose tests a test belongs to: those of its `xdist_group`, else those of its file."""
    return nodeid.partition("::")[0] if group == nodeid else group


def place(group: str) -> int:
    """Return where a group comes: as in `LONG`, after it all others."""
    return next((n for n, one in enumerate(LONG) if group.startswith(one)), len(LONG))


def scheduling(config: pytest.Config, log: object) -> Any:
    """Return pytest-xdist's `--dist loadgroup`, but that a file without a group is one.

    Groups are given out in the order they were collected in and not by their number of tests.
    """
    from xdist.scheduler import LoadGroupScheduling

    config.option.loadscopereorder = False
    made = LoadGroupScheduling(config, log)
    by_mark = made._split_scope
    made._split_scope = lambda nodeid: scope(by_mark(nodeid), nodeid)
    return made


def group_of(item: pytest.Item) -> str:
    """Return the `xdist_group` of a test, or where there is none its own name."""
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else item.nodeid


def ordered(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return tests with the long groups first, each group's in the order they came in."""
    return sorted(items, key=lambda item: place(group_of(item)))
