"""One run done whole in the middle of another: races without chance."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import dagster as dg

from karat.resources.dagster_private import without_previews

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def meanwhile(
    world: Any, job: str, tags: Mapping[str, str], at: str, do: Callable[[], object]
) -> bool:
    """Run a job; when its log first says `at`, `do` something to its end, and go on.

    Return whether the run succeeded.
    """
    run, done = str(uuid4()), list[bool]()

    def heard(entry: dg.EventLogEntry) -> None:
        if at in entry.user_message and not done:
            done.append(True)
            do()

    world.instance.add_event_listener(run, heard)
    with without_previews():
        result = world.definitions.resolve_job_def(job).execute_in_process(
            instance=world.instance, tags=tags, run_id=run, raise_on_error=False, run_config=QUIET
        )
    assert done, f"{job} never said {at!r}"
    return bool(result.success)
