"""Runs beside each other: whichever tells last, Dagster shows the verdict that stands.

A run judges, then tells. Between the two another may have judged newer bytes and told of them, and
is overwritten; or it tells into a row that a later one hides. So each looks again after it told:
what is shown and does not stand any more, it writes anew. Who records a verdict tells and looks
after that, so the last one to look has seen every verdict that was told of.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from karat.assets.looks import Look, Looking
from karat.assets.partitions import key_of
from karat.lake.layout import Partition
from karat.resources.dagster_private import Result, evaluation
from karat.resources.dagster_rows import Shown, put_in_place, shown, told_of

ROUNDS = 9
VERDICT = "verdict"


def put_right(looking: Looking, first: Look, specs: Sequence[dg.AssetCheckSpec]) -> None:
    """Write anew what is shown of partitions by `specs`, and is not what stands now."""
    context, before = looking.context, first
    instance, run = context.instance, context.run
    for _ in range(ROUNDS):
        now = looking.again(before)
        wrong = [
            (spec, *found)
            for spec in specs
            for found in _overtaken(instance, run.run_id, spec, before, now)
        ]
        for spec, row, result in wrong:
            put_in_place(instance, row.run, run.job_name, evaluation(instance, spec, result))
        if not wrong:
            return
        before = now
    context.log.warning("others judge the same partitions again and again: look at them anew")


def _overtaken(
    instance: dg.DagsterInstance, run: str, spec: dg.AssetCheckSpec, before: Look, now: Look
) -> Iterator[tuple[Shown, Result]]:
    """Yield the rows that show something else than what stands, and what they should show.

    A row that is not evaluated yet is its run's: that one looks too.
    """
    told, stands = before.verdicts, now.verdicts
    rows = shown(instance, spec.key, [str(key_of(day)) for day in stands])
    for day, verdict in stands.items():
        row = rows.get(str(key_of(day)))
        if row is None or not row.evaluated or (row.run == run and told.get(day) == verdict):
            continue
        result = now.result(spec.name, day)
        if _shows(instance, spec, day) != str(result.metadata.get(VERDICT, "")):
            yield row, result


def _shows(instance: dg.DagsterInstance, spec: dg.AssetCheckSpec, day: Partition) -> str:
    """Return the name of the verdict that is shown; "" for none."""
    return str(told_of(instance, spec.key, str(key_of(day))).get(VERDICT, ""))
