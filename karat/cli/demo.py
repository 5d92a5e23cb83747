"""`karat demo`: the whole flow on simulated data, step by step through Dagster."""

from __future__ import annotations

import subprocess
import sys

import typer

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.settings import Settings
from karat.cli.teaching import teaching

NAME = "demo"
SIGNALLED = 128
EPILOG = teaching(
    "karat demo",
    "karat demo --home /tmp/tour --json",
    "karat demo --lake lakefs://lakefs.example.com/demo",
    done="the demo ran and every step came out as it must",
    fail="a step came out otherwise; the last lines say which",
)


def command(*, lake: LakeUrl = None, home: Home = None, as_json: AsJson = False) -> None:
    """Show the whole flow: rebuilt, proved, published, restated with a fault, refused, put right.

    Simulates days of a market, takes them through every stage, spoils one and shows that nothing
    of it reaches training. Everything it makes lies under the home, its lake where --lake or
    KARAT_LAKE says, if one does; `make dev` shows its runs. It empties what an earlier demo left,
    and is refused where anything lies that no demo made.
    """
    place = str(home or Settings.from_environment().home)
    # The engine never imports the orchestrator; the demo does, in a process of its own.
    words = [sys.executable, "-m", "karat.jobs.demo", "--home", place]
    words += [*(["--lake", lake] if lake else []), *(["--json"] if as_json else [])]
    done = subprocess.run(words, check=False)  # noqa: S603
    code = done.returncode
    if code:
        raise typer.Exit(code if code > 0 else SIGNALLED - code)
