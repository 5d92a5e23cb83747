"""One partition from the command line, each way a user would."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from karat.assets.partitions import INSTRUMENT, key_of
from karat.resources import open_instance
from karat.verdicts import links

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMMANDS = {
    "dagster": ("dagster", "asset", "materialize", "-m", "karat.definitions", "--select"),
    "dg": ("dg", "launch", "--assets"),
}


@pytest.mark.e2e
@pytest.mark.parametrize("tool", COMMANDS)
def test_one_partition_materializes(world: Any, tool: str) -> None:
    settings, partition = world.settings, world.partitions[0]
    with open_instance(settings) as instance:
        instance.add_dynamic_partitions(INSTRUMENT, [partition.instrument])
    program, *options = COMMANDS[tool]
    command = [BIN / program, *options, "book_events", "--partition", str(key_of(partition))]
    homes = {"KARAT_HOME": settings.home, "DAGSTER_HOME": settings.home / "dagster"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=os.environ | {name: str(home) for name, home in homes.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    chain = links(world.lake, world.lake.head("main"), "book_events", partition.instrument)
    assert next(iter(chain)).build is not None
    with open_instance(settings) as instance:
        (run,) = instance.get_runs()
        assert run.is_success
