"""The key to a lakeFS server is in the environment, and in nothing that Dagster keeps or shows."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from karat.resources import lake_resource, open_instance
from tests.dagster.conftest import SECRET
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.server import Double

pytestmark = pytest.mark.parametrize("world", ["lakefs"], indirect=True)
STATUSES = (401, 403, 500, 503)


@pytest.fixture
def kept(world: Any) -> Iterator[Any]:
    """Return the world on an instance that keeps everything in files."""
    with open_instance(world.settings) as instance:
        yield replace(world, instance=instance)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.lake.lakefs_calls.MOST_PAUSE_S", 0.01)


def forms(double: Double) -> list[bytes]:
    """Return the secret as it is, and as it goes over the wire."""
    sent = base64.b64encode(f"{double.state.key_id}:{double.state.secret}".encode())
    return [SECRET.encode(), sent]


def showing(folder: Path, double: Double) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    return [path for path in files if any(form in path.read_bytes() for form in forms(double))]


@pytest.mark.usefixtures("no_pauses")
def test_runs_that_succeed_and_fail_keep_no_key(
    kept: Any, double: Double, capfd: pytest.CaptureFixture[str]
) -> None:
    assert kept.run("rebuild", kept.partitions[0]).success
    for status in STATUSES:
        double.faults.add(Fault("", "refused", times=1000, status=status))
        result = kept.run("observe")
        double.faults.waiting.clear()
        assert not result.success
        assert SECRET not in "".join(map(repr, result.all_events))
    double.faults.add(Fault("upload_object", "dropped", times=1000))
    assert not kept.run("rebuild", kept.partitions[1]).success
    double.faults.waiting.clear()
    assert showing(kept.settings.home, double) == []
    assert SECRET not in "".join(capfd.readouterr())


def test_a_wrong_key_is_told_and_not_shown(
    kept: Any, double: Double, monkeypatch: pytest.MonkeyPatch, why: Any
) -> None:
    monkeypatch.setattr(double.state, "secret", "another one")
    told = why(kept.run("observe"))
    assert "refuses the key" in " ".join(told.values())
    assert showing(kept.settings.home, double) == []


def test_no_resource_and_no_run_configuration_holds_it(world: Any) -> None:
    resource = lake_resource(world.settings)
    on = resource.connect()
    for shown in (resource, resource.model_dump(), on, on.lake, vars(on.lake), world.definitions):
        assert SECRET not in repr(shown)
    job = world.definitions.resolve_job_def("rebuild")
    assert SECRET not in repr(job.run_config_schema.config_type)
    assert all(SECRET not in repr(run.run_config) for run in world.instance.get_runs())


def test_a_run_of_its_own_process_takes_it_from_its_environment(kept: Any, double: Double) -> None:
    home = kept.settings.home / "dagster"
    known = os.environ | {"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    words = [sys.executable, "-m", "dagster", "job", "execute", "-m", "karat.definitions"]
    done = subprocess.run(
        [*words, "-j", "observe"], env=known, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert SECRET not in done.stdout + done.stderr
    seen = kept.instance.fetch_observations(dg.AssetKey("raw_messages"), limit=9).records
    assert len(seen) == len(kept.partitions)
    assert showing(home, double) == []
