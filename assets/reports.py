"""A failed or open check as one page: what, by how much, where, and how to look on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.addresses import explain_command
from karat.flow import Validation
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome


def report(
    findings: Sequence[Finding], told: Mapping[str, Any], proof: Validation, partition: Partition
) -> dg.MetadataValue[Any]:
    """Return the page about one family of a partition, as Markdown; `told` is its headline."""
    first = findings[0]
    statistic = str(told["worst statistic"]).partition(",")[0]
    lines = [
        f"## {first.outcome}: {partition}, {first.family}",
        f"{first.name}: {first.reason}.",
        *_table(("fact", "value"), told.items()),
        *_table(
            ("rule", "outcome", "why"),
            ((f.name, f.outcome, f.reason) for f in findings if f.outcome is not Outcome.PASS),
        ),
        f"Bytes of `{proof.ref}` at commit `{proof.commit}`.",
        f"    {explain_command(partition, statistic, proof.commit)}",
    ]
    return dg.MetadataValue.md("\n\n".join(lines))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return a table, and nothing for no rows."""
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    if not cells:
        return []
    lines = [heads, ["---"] * len(heads), *cells]
    return ["\n".join(f"| {' | '.join(line)} |" for line in lines)]
