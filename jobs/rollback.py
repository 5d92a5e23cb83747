"""A dataset on main put back to its last fully valid state: shown, or done when told so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from karat.assets import Dataset
from karat.errors import ConflictError, InputError, RefusedError
from karat.gate.rolling_back import Plan, plan_rollback, roll_back
from karat.resources import LakeResource


class Rollback(dg.Config):
    """How far, whether at all, and who answers for it."""

    to: str = Field("", description="The commit of main; the last fully valid one by default.")
    do: bool = Field(default=False, description="Do it; else it is only shown.")
    who: str = Field("", description="Who answers for it.")
    reason: str = Field("", description="Why; it stays on record.")


def rollback_of(dataset: Dataset, datasets: Sequence[Dataset]) -> Any:
    """Return the job that rolls a dataset back; `datasets` are all in the lake."""
    name = dataset.called("rollback")

    @dg.op(name=f"{name}_main")
    def rollback_main(context: dg.OpExecutionContext, config: Rollback, lake: LakeResource) -> None:
        on = dataset.connect(lake)
        every = [one.connect(lake).contract for one in datasets]
        target = on.lake.resolve(config.to) if config.to else None
        try:
            plan = plan_rollback(on.lake, on.contract, every, store=on.store, target=target)
            commit = ""
            if config.do and (plan.restored or plan.taken):
                commit = roll_back(on.lake, plan, who=config.who, reason=config.reason)
        except (RefusedError, InputError, ConflictError) as error:
            raise dg.Failure(f"not rolled back: {error}", allow_retries=False) from error
        context.log.info(_said(plan, commit))
        context.add_output_metadata(_metadata(plan, commit))

    @dg.job(
        name=name,
        description=f"Put {dataset.name} on main back to its last fully valid state. "
        "It is shown first; with do: true it is done, by one more commit.",
        executor_def=dg.in_process_executor,
    )
    def rollback() -> None:
        rollback_main()

    return rollback


def _said(plan: Plan, commit: str) -> str:
    shown = replace(plan, invalid=dict(plan.invalid))
    return f"{'done' if commit else 'nothing is changed'}: {shown}"


def _metadata(plan: Plan, commit: str) -> dict[str, Any]:
    return {
        "target": plan.target,
        "commit": commit or "none: it was only shown",
        "restored": dg.MetadataValue.json(list(plan.restored)),
        "taken away": dg.MetadataValue.json(list(plan.taken)),
        "not valid": dg.MetadataValue.json(dict(plan.invalid)),
    }
