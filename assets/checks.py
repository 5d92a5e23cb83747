"""Verdicts as checks: one result for each family of rules and partition, and one for them all.

They show; the ledger decides. A check that blocks stops its own run only, so the gate asks again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.addresses import commit_at
from karat.assets.chain import newest_with_chain
from karat.assets.dataset import Dataset
from karat.assets.findings import about_partition, about_root, not_rebuilt
from karat.assets.overload import budget_now, note
from karat.assets.partitions import asked
from karat.assets.pictures import of_failure
from karat.assets.telling import told
from karat.compute.kept_memory import settle
from karat.flow import Validation, validate
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, LakeResource
from karat.resources.dagster_private import Result, evaluation
from karat.verdicts.lineage import raw_partitions

NAME, ROOT = "verdicts", "dataset_root"
DESCRIPTIONS = {
    "invariants": "What holds in every row: no crossed book, no negative size.",
    "sequence": "Every delta continues the one before; no trade is missing.",
    "paired": "The book after each delta, and each trade, against independent captures.",
    "unpaired": "Distributions against golden days, judged by calibration days.",
}
Specs = Mapping[str, dg.AssetCheckSpec]


def define(dataset: Dataset) -> dg.AssetChecksDefinition:
    """Return the checks of a dataset: the families its contract has rules for, and the root."""
    specs, name = _specs(dataset), dataset.called(NAME)

    @dg.multi_asset_check(name=name, specs=list(specs.values()), can_subset=True)
    def verdicts(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[Any]:
        settle()
        on, days = dataset.connect(lake), asked(context)
        proofs = _proofs(on, days, context)
        absent = _absent(on, days, proofs)
        chosen = context.op_execution_context.selected_asset_check_keys
        holds = not _gate_follows(context, dataset, days)
        for spec in [spec for spec in specs.values() if spec.key in chosen]:
            for result in _results(on, spec, proofs, absent):
                yield evaluation(context.instance, spec, result, holds=holds)
            yield dg.Output(None, output_name=spec.get_python_identifier())

    return verdicts


def _gate_follows(
    context: dg.AssetCheckExecutionContext, dataset: Dataset, days: Sequence[Partition] | None
) -> bool:
    """Return whether a run over several goes on to the gate, which refuses each by itself."""
    gate = dataset.key("published").to_python_identifier()
    return len(days or ()) > 1 and context.op_execution_context.job_def.has_node_named(gate)


def _specs(dataset: Dataset) -> Specs:
    contract, rebuilt = dataset.contract, dataset.key("rebuilt")
    specs = {
        family: dg.AssetCheckSpec(
            family,
            asset=rebuilt,
            description=DESCRIPTIONS[family],
            blocking=contract.families[family] == "gate",
            partitions_def=dataset.partitions,
        )
        for family in contract.ruled()
    }
    root = "All partitions of a run merged: distances and one digest. It decides nothing."
    return specs | {ROOT: dg.AssetCheckSpec(ROOT, asset=rebuilt, description=root)}


def _proofs(
    on: Connection, days: Sequence[Partition] | None, context: dg.AssetCheckExecutionContext
) -> list[Validation]:
    """Judge the newest bytes of `days` and of what hangs on them, where they lie.

    While too many runs wait, for no more than the contract's budget: that passes nothing.
    """
    budget, tell = budget_now(context.instance, on.contract), told(context.log)
    proofs = [
        validate(on.lake, on.contract, ref, held, store=on.store, progress=tell, budget=budget)
        for ref, held in newest_with_chain(on, days).items()
    ]
    note(context.instance, context.run.run_id, on.contract, proofs)
    return proofs


def _absent(
    on: Connection, days: Sequence[Partition] | None, proofs: Sequence[Validation]
) -> list[Partition]:
    """Return which of `days`, or of all raw captures, have nothing to judge."""
    judged = {partition for proof in proofs for partition in proof.verdicts}
    head, source = on.lake.head(MAIN), on.contract.source
    wanted = raw_partitions(on.lake, head, source=source) if days is None else days
    return [partition for partition in wanted if partition not in judged]


def _results(
    on: Connection,
    spec: dg.AssetCheckSpec,
    proofs: Sequence[Validation],
    absent: Sequence[Partition],
) -> list[Result]:
    """Return the results of one check: the worst last, and of equals the first day.

    Dagster shows the last one for them all, and later days often fail for what an earlier left.
    """
    if spec.name == ROOT:
        return [about_root(on, proofs, absent)]
    found = {
        partition: about_partition(
            on.contract, spec.name, proof, partition, _beside(on, spec.name, proof, partition)
        )
        for proof in proofs
        for partition in proof.verdicts
    }
    found |= {day: not_rebuilt(day) for day in absent}
    return [found[day] for day in sorted(found, key=lambda d: (-found[d].rank, d), reverse=True)]


def _beside(
    on: Connection, family: str, proof: Validation, partition: Partition
) -> Mapping[str, Any]:
    """Return what is shown beside the findings of a family: where they lie, and a picture."""
    commit = {"commit": commit_at(on.url, proof.commit)}
    return commit | dict(of_failure(on, family, proof, partition))
