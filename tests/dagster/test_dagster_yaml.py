"""The settings that come with karat: loaded by Dagster itself, kept up to date, left alone."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from karat.cli.settings import Settings
from karat.definitions import defs
from karat.resources import dagster_home, dagster_yaml, open_instance

NOBODY = 65534


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"KARAT_HOME": str(tmp_path)})


def test_dagster_takes_the_queue_the_tenants_and_the_pools_from_it(settings: Settings) -> None:
    with open_instance(settings) as instance:
        config = instance.get_concurrency_config()
        queue = config.run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs > queue.tag_concurrency_limits[0]["limit"], (
            "one for others"
        )
        keys = [limit["key"] for limit in queue.tag_concurrency_limits]
        assert keys == ["tenant", "karat/instrument"]
        assert queue.max_user_code_failure_retries * queue.user_code_failure_retry_delay == 60
        assert config.pool_config.default_pool_limit == 2
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.get_settings("run_retries")["retry_on_asset_or_op_failure"]


def test_rebuilding_takes_from_a_pool_and_runs_by_the_clock_wait_for_others() -> None:
    rebuilt = defs.resolve_asset_graph().get(dg.AssetKey("book_events"))
    assert rebuilt.pools == {"rebuild"}
    urgency = {
        name: int(defs.resolve_job_def(name).tags.get("dagster/priority", "0"))
        for name in ("audit_main", "retention", "train", "rebuild", "revalidate")
    }
    assert urgency["audit_main"] == urgency["retention"] < urgency["rebuild"]
    assert urgency["rebuild"] < urgency["revalidate"]


def test_ours_is_brought_up_to_date_and_a_changed_line_left_alone(settings: Settings) -> None:
    file = dagster_home(settings, {}) / "dagster.yaml"
    secret = {"KARAT_DAGSTER_POSTGRES": "postgresql://user:s3cret@db/dagster"}
    for old in (*dagster_yaml.EARLIER, dagster_yaml.text()):
        file.write_text(old)
        dagster_home(settings, secret)
        assert yaml.safe_load(file.read_text())["storage"]["postgres"]["postgres_url"] == {
            "env": "KARAT_DAGSTER_POSTGRES"
        }
        assert "s3cret" not in file.read_text()
    dagster_home(settings, {})
    assert "storage" not in yaml.safe_load(file.read_text())
    file.write_text(dagster_yaml.text() + "# mine\n")
    dagster_home(settings, secret)
    assert file.read_text().endswith("# mine\n")


@pytest.fixture
def postgres() -> Iterator[str]:
    """Return the URL of a database of its own, on a socket below the test's folder."""
    initdb, pg_ctl = shutil.which("initdb"), shutil.which("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("no Postgres here: apt-get install postgresql")
    place = Path(f"/tmp/karat-pg-{secrets.token_hex(4)}")  # noqa: S108 - a socket's path is short
    place.mkdir(mode=0o700)
    own: dict[str, Any] = {}
    if os.getuid() == 0:
        os.chown(place, NOBODY, NOBODY)
        own = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    data, options = str(place / "data"), f"-k {place} -c listen_addresses="

    def done(*words: str) -> None:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=place, **own)

    try:
        done(initdb, "-D", data, "-U", "karat", "-A", "trust", "-N")
        done(pg_ctl, "-D", data, "-w", "-o", options, "start")
        try:
            yield f"postgresql://karat@/postgres?host={place}"
        finally:
            done(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place)


def test_records_are_kept_in_postgres_where_the_environment_names_one(
    settings: Settings, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KARAT_DAGSTER_POSTGRES", postgres)
    with open_instance(settings) as instance:
        instance.add_dynamic_partitions("instrument", ["sim-usdm-pg"])
    with open_instance(settings) as again:
        assert again.get_dynamic_partitions("instrument") == ["sim-usdm-pg"]
        assert type(again.event_log_storage).__module__.startswith("dagster_postgres")
    assert not list((settings.home / "dagster").glob("**/*.db"))
