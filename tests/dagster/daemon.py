"""Dagster's daemon, which looks for backfills every other second: as it comes, every 30 s."""

from dagster._daemon import controller
from dagster._daemon.cli import main

controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 2

if __name__ == "__main__":
    main()
