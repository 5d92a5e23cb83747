"""Verdicts as checks: one result for each family of rules and partition, and one for them all.

They show; the ledger decides. A check that blocks stops its own run only, so the gate asks again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.dataset import Dataset
from karat.assets.looks import Context, Look, Looking
from karat.assets.overtaken import put_right
from karat.assets.partitions import asked
from karat.compute.kept_memory import settle
from karat.lake.layout import Partition
from karat.resources import LakeResource
from karat.resources.dagster_private import evaluation

NAME, ROOT = "verdicts", "dataset_root"
DESCRIPTIONS = {
    "invariants": "What holds in every row: no crossed book, no negative size.",
    "sequence": "Every delta continues the one before; no trade is missing.",
    "paired": "The book after each delta, and each trade, against independent captures.",
    "unpaired": "Distributions against golden days, judged by calibration days.",
}
Days = Sequence[Partition]
Specs = Mapping[str, dg.AssetCheckSpec]


def define(dataset: Dataset) -> dg.AssetChecksDefinition:
    """Return the checks of a dataset: the families its contract has rules for, and the root."""
    specs, name = specs_of(dataset), dataset.called(NAME)

    @dg.multi_asset_check(name=name, specs=list(specs.values()), can_subset=True)
    def verdicts(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[Any]:
        settle()
        days = asked(context)
        looking = Looking(context, dataset, lake, days)
        look = looking.first()
        chosen = context.op_execution_context.selected_asset_check_keys
        holds = not _gate_follows(context, dataset, days)
        told = {spec.name: spec for spec in specs.values() if spec.key in chosen}
        for spec in told.values():
            for result in [look.root()] if spec.name == ROOT else look.results(spec.name):
                yield evaluation(context.instance, spec, result, holds=holds)
            yield dg.Output(None, output_name=spec.get_python_identifier())
        root = told.pop(ROOT, None)
        put_right(looking, look, list(told.values()), root)

    return verdicts


def _gate_follows(
    context: dg.AssetCheckExecutionContext, dataset: Dataset, days: Sequence[Partition] | None
) -> bool:
    """Return whether a run over several goes on to the gate, which refuses each by itself."""
    gate = dataset.key("published").to_python_identifier()
    return len(days or ()) > 1 and context.op_execution_context.job_def.has_node_named(gate)


def tell_again(context: Context, dataset: Dataset, lake: LakeResource, days: Days) -> None:
    """Have what is shown of days say what the ledger says of them now, whoever's row it is."""
    specs = specs_of(dataset)
    families = [spec for name, spec in specs.items() if name != ROOT]
    looking = Looking(context, dataset, lake, days)
    put_right(looking, Look.before(dataset.connect(lake)), families, specs[ROOT])


def specs_of(dataset: Dataset) -> Specs:
    """Return the checks by name: the families that the contract has rules for, and the root."""
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
