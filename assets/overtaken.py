"""Runs beside each other: whichever tells last, Dagster shows the verdict that stands.

A run judges, then tells. Between the two another may have judged newer bytes and told of them, and
is overwritten; or it tells into a row that a later one hides. So each looks again after it told:
what is shown and does not stand any more, it writes anew. Who records a verdict tells and looks
after that, so the last one to look has seen every verdict that was told of.

The row of all partitions of a run together goes on speaking of these, as they stand: it is written
anew by whoever judged one of them since.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from karat.assets.findings import VERDICTS, together_in
from karat.assets.looks import Look, Looking
from karat.assets.partitions import key_of
from karat.lake.layout import Partition
from karat.resources.dagster_private import Result, evaluation
from karat.resources.dagster_rows import Shown, put_in_place, shown, shown_whole, told_of

ROUNDS = 9
VERDICT = "verdict"


def put_right(
    looking: Looking,
    first: Look,
    specs: Sequence[dg.AssetCheckSpec],
    root: dg.AssetCheckSpec | None = None,
) -> None:
    """Write anew what is shown of partitions by `specs`, or by `root`, and stands no more."""
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
        if root and (found := _overtaken_root(looking, root, now)):
            row, result = found
            put_in_place(instance, row.run, run.job_name, evaluation(instance, root, result))
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


def _overtaken_root(
    looking: Looking, root: dg.AssetCheckSpec, now: Look
) -> tuple[Shown, Result] | None:
    """Return the row of partitions together that is shown, and what it should show; None: it does.

    It may be another run's, over other partitions. Where one of them is not judged yet it is left:
    who judges that looks too.
    """
    instance = looking.context.instance
    row = shown_whole(instance, root.key)
    if row is None or not row.evaluated:
        return None
    told = told_of(instance, root.key, None)
    days = together_in(told)
    if not days & now.verdicts.keys():
        return None
    stands = now if row.run == looking.context.run.run_id else looking.over(days).stands()
    result = stands.root()
    same = told.get(VERDICTS) == result.metadata[VERDICTS]
    return None if same or stands.open else (row, result)


def _shows(instance: dg.DagsterInstance, spec: dg.AssetCheckSpec, day: Partition) -> str:
    """Return the name of the verdict that is shown; "" for none."""
    return str(told_of(instance, spec.key, str(key_of(day))).get(VERDICT, ""))
