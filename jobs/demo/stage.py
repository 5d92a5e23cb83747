"""Where the demo is played: an instance, a lake, and a running account with the seconds it took."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.assets import Dataset
from karat.cli.settings import Settings
from karat.jobs.flow import flow_of
from karat.jobs.in_process import run_in_process
from karat.lake.layout import Partition
from karat.resources import Connection, lake_resource, notices_resource, open_instance

DONE, ASTRAY = "[green]✓[/]", "[bold red]✗[/]"


@dataclass(frozen=True)
class Ran:
    """A job's run: whether it succeeded, why it did not, and the last of each check's results."""

    success: bool
    failures: tuple[str, ...]
    checks: tuple[dg.AssetCheckEvaluation, ...]
    materialized: tuple[dg.AssetMaterialization, ...]


@dataclass
class Stage:
    """A context manager: opens the instance, and tells each step as it is done."""

    settings: Settings
    quiet: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)
    as_it_must: bool = True

    def __enter__(self) -> Self:
        self._console = Console(highlight=False, quiet=self.quiet)
        resource = lake_resource(self.settings)
        told = notices_resource(self.settings)
        self.on: Connection = resource.connect()
        self.flow = flow_of([Dataset(self.on.contract)], resource, told)
        self.instance = open_instance(self.settings)
        self.instance.__enter__()
        self._began = self._since = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.instance.__exit__(kind, error, traceback)

    def run(
        self,
        job: str,
        first: Partition | None = None,
        last: Partition | None = None,
        *,
        config: Mapping[str, Any] | None = None,
    ) -> Ran:
        """Run a job through Dagster, in this process."""
        result = run_in_process(
            self.flow, job, self.instance, first, last, config=config, log_level="CRITICAL"
        )
        failures = [
            event.step_failure_data.user_failure_data.description or ""
            for event in result.filter_events(lambda e: e.is_step_failure)
            if event.step_failure_data.user_failure_data
        ]
        told = result.filter_events(lambda event: event.is_step_materialization)
        checks = result.get_asset_check_evaluations()
        made = tuple(event.materialization for event in told)
        return Ran(result.success, tuple(failures), tuple(checks), made)

    def scene(self, title: str) -> None:
        """Announce a part of the story."""
        self._console.print(f"\n[bold]{escape(title)}[/]")

    def tell(self, what: str, *, right: bool = True, **facts: Any) -> None:
        """Tell a step with its seconds; one that is not `right` spoils the demo."""
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        self.as_it_must &= right
        self.steps.append({"step": what, "seconds": round(seconds, 2), "right": right, **facts})
        line = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, 1, None):
            line.add_column(ratio=ratio)
        line.add_row(f"  {DONE if right else ASTRAY}", escape(what), f"[dim]{seconds:.1f} s[/]")
        self._console.print(line)

    def finish(self) -> None:
        """Tell how it ended, as JSON where nothing was told so far."""
        seconds = round(time.perf_counter() - self._began, 1)
        if self.quiet:
            body = {"steps": self.steps, "seconds": seconds, "right": self.as_it_must}
            body["lake"] = self.settings.lake
            sys.stdout.write(json.dumps(body, indent=1) + "\n")
        end = "Every step came out as it must" if self.as_it_must else "A step went astray: see ✗"
        self._console.print(f"\n[bold]{end}[/], in {seconds} s.")
        self._console.print(
            f"[dim]Everything lies in {escape(self._where())}; `make dev` shows these runs, checks "
            "and partitions.[/]",
            soft_wrap=True,
        )

    def _where(self) -> str:
        """Return the home, and the lake where that is elsewhere."""
        home, lake = self.settings.home, self.settings.lake
        return f"{home}" if lake == (home / "lake").as_uri() else f"{home} and {lake}"
