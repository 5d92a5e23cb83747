"""Backfills by a real daemon: asked for over GraphQL or by a command, and how they ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dagster._core.execution.backfill import BulkActionStatus

from tests.dagster.attempts import BACKFILL, FAR_S, runs_with
from tests.dagster.processes import until
from tests.dagster.served import FINISHED, Served

BIN = Path(sys.executable).parent
ENDED = {one for one in BulkActionStatus if one.name.startswith(("COMPLETED_", "FAILED"))}


def submitted(server: Served, keys: Sequence[str]) -> str:
    """Ask for a backfill of the job ``rebuild`` by `dagster job backfill`; return its id."""
    before = {one.backfill_id for one in server.instance.get_backfills()}
    where = ["-w", str(server.processes.workspace), "-j", "rebuild", "--noprompt"]
    done = subprocess.run(
        [BIN / "dagster", "job", "backfill", *where, "--partitions", ",".join(keys)],
        env={**os.environ, **server.processes.environment, **server.processes._own()},
        cwd=server.processes.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=FAR_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (new,) = {one.backfill_id for one in server.instance.get_backfills()} - before
    return new


def asked(server: Served, keys: Sequence[str], **what: object) -> str:
    """Have the daemon carry a backfill out, as the web page asks it to; return its id."""
    said = server.ask(BACKFILL, given={"partitionNames": keys, **what})["launchPartitionBackfill"]
    assert said["__typename"] == "LaunchBackfillSuccess", said
    return str(said["backfillId"])


def came_to(server: Served, backfill: str) -> tuple[str, list[str]]:
    """Wait for the end of a backfill and of its runs; return how each ended.

    COMPLETED alone is no end: by command Dagster says so before a run has begun.
    """

    def over() -> bool:
        found = server.instance.get_backfill(backfill)
        return found is not None and found.status in ENDED

    until(over, f"backfill {backfill} ends", 2 * FAR_S)
    runs = runs_with(server, {"dagster/backfill": backfill})
    until(lambda: all(server.status(run) in FINISHED for run in runs), "its runs end", FAR_S)
    found = server.instance.get_backfill(backfill)
    tell_why(server, runs)
    return found.status.value if found else "", sorted(server.status(run) for run in runs)


def tell_why(server: Served, runs: Sequence[str]) -> None:
    """Print how `runs` failed: pytest shows it beside a test that expected something else."""
    for run in runs:
        if server.status(run) != "SUCCESS":
            events = [entry.dagster_event for entry in server.instance.all_logs(run)]
            said = [event.message for event in events if event and event.is_failure]
            told = server.status(run), server.tags(run), said, server.why(run)
            print(*told, sep="\n  ")  # noqa: T201 - for who reads why a test failed
