"""The gate: what has a PASS goes to main. It stands in the body, so no click goes round it."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from karat.assets.chain import chain, newest_with_chain
from karat.assets.checks import tell_again
from karat.assets.dataset import Dataset
from karat.assets.partitions import required
from karat.assets.staleness import made_of_rebuilt
from karat.assets.telling import materialized, refusal
from karat.flow import publish_together, published_root
from karat.flow.beside import judge_beside
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, LakeResource
from karat.verdicts import Admission, admission, current_golden

NO_CAPTURE = "there is no raw capture of it: ingest one first"


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of published partitions; one that is not admitted fails its run."""

    @dg.asset(
        key=dataset.key("published"),
        deps=[dataset.key("rebuilt"), dataset.key("golden")],
        partitions_def=dataset.partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=dataset.group,
        description="What training may read: bytes of the newest raw with a PASS, merged to main.",
    )
    def gate(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        on, days = dataset.connect(lake), required(context)
        published, refused, beside = _publish(on, days)
        if beside:
            tell_again(context, dataset, lake, beside)
        answers = _on_main(on, [*days, *published])
        admitted = {p: (a.verdict.inputs.content, _metadata(on, a)) for p, a in answers.items()
                    if a.admitted and a.verdict}  # fmt: skip
        inputs = made_of_rebuilt(context.instance, dataset, on, on.lake.head(MAIN), admitted)
        yield from materialized(context, dataset.key("published"), days, admitted, inputs)
        reasons = {d: a.reason for d, a in answers.items()} | refused
        without = {d: reasons.get(d, NO_CAPTURE) for d in days if d not in admitted}
        if without:
            raise refusal("not published", without)

    return gate


def _publish(
    on: Connection, days: Sequence[Partition]
) -> tuple[list[Partition], dict[Partition, str], list[Partition]]:
    """Publish all audit branches that hold newest bytes; return what was, and what not and why.

    The third are those judged again on main, beside others than before.
    """
    audits = [ref for ref in newest_with_chain(on, days) if ref != MAIN]
    done = publish_together(on.lake, on.contract, dict.fromkeys(audits), store=on.store)
    beside = judge_beside(on.lake, on.contract, done.published, store=on.store)
    return list(done.published), done.refused, beside


def _on_main(on: Connection, days: Sequence[Partition]) -> dict[Partition, Admission]:
    """Return the gate's answer on what main holds now of `days` and of what hangs on them."""
    head = on.lake.head(MAIN)
    golden = current_golden(on.lake, head, on.contract.dataset)
    return {
        link.partition: admission(
            on.lake, on.contract, link, at=head, sources=head, golden=golden, store=on.store
        )
        for link in chain(on, days)
    }


def _metadata(on: Connection, answer: Admission) -> dict[str, Any]:
    return {
        "verdict": answer.verdict.key if answer.verdict else "",
        "object": answer.object,
        "raw": answer.link.raw,
        "commit": on.lake.head(MAIN),
        "root of main": published_root(on.lake, on.contract.dataset),
    }
