"""The rows of a partition that a verdict points at: where its failures begin."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.contracts import Contract, chosen, select
from karat.verdicts.verdict import Finding, Outcome

ROWS_KEPT = 20


def worst_rows(contract: Contract, findings: tuple[Finding, ...], table: pa.Table) -> pa.Table:
    """Return rows of `table` behind the failed `findings`, with a column `finding` before them.

    For a broken invariant the first rows that break it are those at its first locator; for a
    failed census, the row that stood where its longest run of mismatches begins, and where its
    first mismatch is. At most 20 rows a finding, in the table's order; none for no failure.
    """
    parts = [table.slice(0, 0).add_column(0, "finding", pa.array([], pa.string()))]
    for finding in findings:
        if finding.outcome is Outcome.FAIL:
            rows = _behind(contract, finding, table).slice(0, ROWS_KEPT)
            parts.append(
                rows.add_column(0, "finding", pa.array([finding.name] * len(rows), pa.string()))
            )
    return pa.concat_tables(parts)


def _behind(contract: Contract, finding: Finding, table: pa.Table) -> pa.Table:
    numbers = finding.numbers
    if finding.family == "invariants" and "first" in numbers:
        at = table[contract.locator].to_numpy() == numbers["first"]
        return table.filter(pa.array(at))
    if finding.family == "paired" and contract.paired:
        rows = select(table, chosen(contract, contract.paired.rows))
        asked = [numbers[n] for n in ("first_update_id", "longest_mismatch_from") if n in numbers]
        ids = rows[contract.paired.id].to_numpy()
        at = np.searchsorted(ids, np.array(asked, np.int64), side="right") - 1
        return rows.take(pa.array(np.unique(at[at >= 0])))
    return table.slice(0, 0)
