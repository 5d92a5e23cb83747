"""Partitions from the command line, each way a user would: one, and a range of them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from karat.assets.partitions import INSTRUMENT, key_of
from karat.resources import open_instance
from karat.verdicts.lineage import files

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMMANDS = {
    1: ("dagster", "asset", "materialize", "-m", "karat.definitions", "--select"),
    3: ("dg", "launch", "--assets"),
}


@pytest.mark.e2e
@pytest.mark.parametrize("count", COMMANDS, ids=["dagster", "dg"])
def test_what_is_asked_for_is_published(world: Any, count: int) -> None:
    settings, asked = world.settings, world.partitions[:count]
    with open_instance(settings) as instance:
        instance.add_dynamic_partitions(INSTRUMENT, [asked[0].instrument])
    program, *options = COMMANDS[count]
    keys = [str(key_of(partition)) for partition in asked]
    which = (
        ["--partition-range", f"{keys[0]}...{keys[-1]}"] if count > 1 else ["--partition", *keys]
    )
    homes = {"KARAT_HOME": settings.home, "DAGSTER_HOME": settings.home / "dagster"}
    done = subprocess.run(
        [BIN / program, *options, "book_events,published_events", *which],
        cwd=ROOT,
        env=os.environ | {name: str(home) for name, home in homes.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    there = files(world.lake, world.lake.head("main"), "book_events/")
    assert [partition for partition, _ in there] == list(asked)
    with open_instance(settings) as instance:
        (run,) = instance.get_runs()
        assert run.is_success
