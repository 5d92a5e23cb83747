"""The files of a first project: a contract, one Dagster asset, and where Dagster finds it."""

from __future__ import annotations

from string import Template

WORKSPACE = """\
# What `dagster dev` and `dagster definitions validate` load, run in this folder.
load_from:
  - python_file:
      relative_path: definitions.py
      location_name: karat_days
"""

DEFINITIONS = Template('''\
"""Days in data/, one Parquet file each, held to contract.yaml and to the golden days in golden/."""

from pathlib import Path

import dagster as dg

from karat import load_contract
from karat.flow.own_days import day_files, judge_days
from karat.verdicts import Outcome

HERE = Path(__file__).parent
CONTRACT = load_contract(HERE / "contract.yaml")
DAYS = dg.DailyPartitionsDefinition(start_date=str(CONTRACT.first_day))


@dg.asset(partitions_def=DAYS)
def $dataset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """A day that its contract admits; a day without a PASS is refused, and nothing runs on it."""
    named = {day.name: day for day in day_files(HERE / "data", CONTRACT)}
    day = named.get(context.partition_key)
    if day is None:
        raise dg.Failure(f"data/{context.partition_key}.parquet is missing", allow_retries=False)
    has_golden = any((HERE / "golden").glob("*.parquet"))
    golden = day_files(HERE / "golden", CONTRACT, "golden/") if has_golden else []
    verdict = judge_days(CONTRACT, [day], golden).verdicts[day.name]
    told = {f"{f.family}: {f.name}": f"{f.outcome}: {f.reason}" for f in verdict.findings}
    if verdict.outcome is not Outcome.PASS:
        raise dg.Failure("; ".join(verdict.failures), metadata=told, allow_retries=False)
    return dg.MaterializeResult(metadata=told, data_version=dg.DataVersion(verdict.key))


defs = dg.Definitions(assets=[$dataset])
''')
