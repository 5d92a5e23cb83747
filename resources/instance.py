"""Dagster's own home: where it keeps runs, events and checks, for a demo and the web page alike."""

import os
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from karat.cli.settings import Settings
from karat.resources import dagster_yaml


def dagster_home(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path:
    """Return Dagster's home below ours, made when missing, with a ``dagster.yaml`` of ours.

    Records are kept in files there, or in Postgres where KARAT_DAGSTER_POSTGRES names one. A
    ``dagster.yaml`` that somebody changed is left alone.
    """
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    dagster_yaml.write(home / "dagster.yaml", postgres=bool(environment.get(dagster_yaml.POSTGRES)))
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Open the instance that lives in `dagster_home`; a context manager that closes it."""
    return dg.DagsterInstance.from_config(str(dagster_home(settings)))
