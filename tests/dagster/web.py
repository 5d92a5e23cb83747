"""What Dagster's web page would show: its GraphQL asked of a loaded code location, no browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_graphql.schema import create_schema

from karat.lake.layout import Partition

STALENESS = """query ($keys: [AssetKeyInput!], $partition: String) {
  assetNodes(assetKeys: $keys) { staleStatus(partition: $partition) }
}"""


class Page:
    """Asks as the web page does; the environment must name the lake before it is made."""

    def __init__(self, process: WorkspaceProcessContext) -> None:
        self._process = process
        self._schema = create_schema()

    def ask(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """Return the answer's data; an error is raised."""
        asked = self._process.create_request_context()
        found = self._schema.execute(query, context_value=asked, variables=variables)
        assert not found.errors, found.errors
        data: Mapping[str, Any] = found.data
        return data

    def staleness(self, asset: str, partition: Partition | None = None) -> str:
        """Return FRESH, STALE or MISSING."""
        key = f"{partition.date}|{partition.instrument}" if partition else None
        (node,) = self.ask(STALENESS, keys=[{"path": asset.split("/")}], partition=key)[
            "assetNodes"
        ]
        return str(node["staleStatus"])


@contextmanager
def page(instance: dg.DagsterInstance) -> Iterator[Page]:
    """Load `karat.definitions` in a process of its own, and ask of its assets."""
    target = ModuleTarget("karat.definitions", None, None, "karat")
    with WorkspaceProcessContext(instance, target) as process:
        yield Page(process)
