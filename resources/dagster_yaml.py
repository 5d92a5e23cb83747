"""What Dagster's instance is set to: queue, tenants, pools, recovery, and where it keeps things."""

from pathlib import Path

POSTGRES = "KARAT_DAGSTER_POSTGRES"
"""The URL of a Postgres database for Dagster's own records; it may hold a password."""

HEAD = "# Written by karat, and kept up to date by it until you change a line.\n"
BODY = """\
telemetry: {enabled: false}
nux: {enabled: false}

run_coordinator:
  module: karat.resources.queueing
  class: TaggingRunCoordinator
  # While a code server is started again, runs wait for it in the queue.
  config:
    dequeue_interval_seconds: 1
    dequeue_use_threads: true
    max_user_code_failure_retries: 30
    user_code_failure_retry_delay: 2

concurrency:
  runs:
    max_concurrent_runs: 4
    # Runs that bear a tag `tenant`: no tenant takes more than half, however many it has queued.
    tag_concurrency_limits:
      - {key: tenant, limit: 2, value: {applyLimitPerUniqueValue: true}}
      # Days of one instrument are judged beside each other: one after the other, none is stale.
      - {key: karat/instrument, limit: 1, value: {applyLimitPerUniqueValue: true}}
  # A pool counts runs, before they start: no slot is left taken by a step that was killed.
  pools: {default_limit: 2, granularity: run}

# A run whose process died is found and begun again; what fails on purpose is not.
run_launcher: {module: karat.resources.launching, class: WatchedRunLauncher}
run_monitoring:
  enabled: true
  poll_interval_seconds: 2
  # For a process that hangs while it starts: what is killed there is found by the sensor lost_runs.
  start_timeout_seconds: 180
  cancel_timeout_seconds: 60
  free_slots_after_run_end_seconds: 30
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}

sensors: {use_threads: true, num_workers: 4, num_submit_workers: 4}
schedules: {use_threads: true, num_workers: 2}
backfills: {use_threads: true, num_workers: 2, num_submit_workers: 4}
retention:
  schedule: {purge_after_days: 90}
  sensor: {purge_after_days: {skipped: 3, success: 30, failure: 90}}
  auto_materialize: {purge_after_days: {skipped: 3, success: 30, failure: 90}}
"""
IN_POSTGRES = f"""
storage:
  postgres: {{postgres_url: {{env: {POSTGRES}}}}}
"""
EARLIER = ("telemetry:\n  enabled: false\nnux:\n  enabled: false\n",)
"""What earlier versions wrote."""


def text(*, postgres: bool = False) -> str:
    """Return the file: records in SQLite files beside it, or in the `postgres` of `POSTGRES`.

    The URL stays in the environment.
    """
    return HEAD + BODY + (IN_POSTGRES if postgres else "")


def write(file: Path, *, postgres: bool = False) -> None:
    """Write the file, or bring one of ours up to date; what a person wrote is left alone."""
    now = text(postgres=postgres)
    ours = file.exists() and (there := file.read_text()) != now and _is_ours(there)
    if ours or not file.exists():
        file.write_text(now)


def _is_ours(there: str) -> bool:
    return there in (*EARLIER, text(), text(postgres=True))
