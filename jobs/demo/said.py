"""What the checks of a run said of a partition, out of the tables that Dagster shows."""

from collections.abc import Mapping

import dagster as dg

from karat.jobs.demo.stage import Ran
from karat.lake.layout import Partition

Row = Mapping[str, str]


def check(ran: Ran, family: str, partition: Partition) -> str:
    """Return what a check said last of a partition."""
    found = _last(ran, family, partition)
    return str(found.description) if found else "nothing was judged"


def first_gap(ran: Ran, partition: Partition) -> tuple[int, int]:
    """Return the first range of missing ids that the sequence check has among its numbers."""
    numbers = _numbers(ran, "sequence", partition).get("continuity", {})
    return int(numbers.get("first_missing", "-1")), int(numbers.get("last_missing", "-1"))


def score(ran: Ran, partition: Partition) -> str:
    """Return the outcome of the score against golden days, and why it is so."""
    for row in _rows(ran, "unpaired", partition, "findings"):
        if row["rule"] == "score":
            return f"{row['outcome']}: {row['why']}"
    return "no score was judged"


def short_of_rows(ran: Ran, partition: Partition) -> str:
    """Return which tolerances need more rows, each with what its rows are worth (n_eff)."""
    numbers = _numbers(ran, "unpaired", partition)
    asked = [name for name, held in numbers.items() if "tolerance" in held]
    findings = {row["rule"]: row for row in _rows(ran, "unpaired", partition, "findings")}
    short = {n: numbers[n] for n in asked if "not enough rows" in findings[n]["why"]}
    told = [
        f"{name} (n_eff {float(held['n_eff']):,.0f} of {int(held['n']):,} rows)"
        for name, held in short.items()
    ]
    return f"{len(short)} of {len(asked)} tolerances need more rows: {', '.join(told) or 'none'}"


def _numbers(ran: Ran, family: str, partition: Partition) -> dict[str, dict[str, str]]:
    """Return the numbers of each rule, by the name of the rule and of the number."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows(ran, family, partition, "numbers"):
        found.setdefault(row["rule"], {})[row["number"]] = row["value"]
    return found


def _rows(ran: Ran, family: str, partition: Partition, table: str) -> list[Row]:
    said = _last(ran, family, partition)
    held = said.metadata.get(table) if said else None
    records = held.records if isinstance(held, dg.TableMetadataValue) else []
    return [{name: str(value) for name, value in record.data.items()} for record in records]


def _last(ran: Ran, family: str, partition: Partition) -> dg.AssetCheckEvaluation | None:
    key = f"{partition.date}|{partition.instrument}"
    found = [c for c in ran.checks if c.check_name == family and c.partition == key]
    return found[-1] if found else None
