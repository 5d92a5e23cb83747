"""Where a person can look on: a commit in the lake's own pages, and the commands that explain."""

from typing import Any

import dagster as dg

from karat.lake.lakefs_access import host_and_repository
from karat.lake.layout import Partition

NEAR = ("localhost", "127.0.0.1", "[::1]")


def commit_at(url: str, commit: str) -> dg.MetadataValue[Any]:
    """Return a commit as a link to lakeFS's page of it; of another lake, its name."""
    if not url.startswith("lakefs://"):
        return dg.MetadataValue.text(commit)
    host, repository = host_and_repository(url)
    scheme = "http" if host.rsplit(":", 1)[0] in NEAR or host in NEAR else "https"
    return dg.MetadataValue.url(f"{scheme}://{host}/repositories/{repository}/commits/{commit}")


def explain_command(partition: Partition, statistic: str, ref: str) -> str:
    """Return the command that works a number of a verdict out again by hand."""
    return f"karat explain {partition} {_quoted(statistic)} --ref {ref}"


def _quoted(text: str) -> str:
    return text if text.isidentifier() else '"' + text.replace('"', "") + '"'
