"""Dagster's own home: where it keeps runs, events and checks, for a demo and the web page alike."""

from pathlib import Path

import dagster as dg

from karat.cli.settings import Settings

SETTINGS = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
"""Nothing is told to anyone, and no box asks for it."""


def dagster_home(settings: Settings) -> Path:
    """Return Dagster's home below ours, made when missing; what stands there is left alone."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    written = home / "dagster.yaml"
    if not written.exists():
        written.write_text(SETTINGS)
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Open the instance that lives in `dagster_home`; a context manager that closes it."""
    return dg.DagsterInstance.from_config(str(dagster_home(settings)))
