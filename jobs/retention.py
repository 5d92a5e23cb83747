"""What was kept long enough, let go of: shown in bytes, or done when told so."""

from typing import Any

import dagster as dg
from pydantic import Field

from karat.flow import Keep, Released, retain
from karat.jobs.units import BEHIND, PRIORITY
from karat.resources import LakeResource

NAME = "retention"
USUAL = Keep()


class Retention(dg.Config):
    """Days that each class is kept, None for ever; and whether to let go at all."""

    audit_branches: int | None = Field(
        USUAL.audit_branches, description="Audit branches that are newer elsewhere in every day."
    )
    garbage: int | None = Field(USUAL.garbage, description="What no branch or tag leads to.")
    states: int | None = Field(USUAL.states, description="Computed states, from their last use.")
    do: bool = Field(default=False, description="Do it; else it is only shown.")

    @classmethod
    def of(cls, keep: Keep | None) -> "Retention":
        """Return what does `keep`, and what only shows the usual days where there is none."""
        said = keep or USUAL
        return cls(
            audit_branches=said.audit_branches,
            garbage=said.garbage,
            states=said.states,
            do=keep is not None,
        )


def retention_of() -> Any:
    """Return the job that lets go of what is in the lake and the store of this machine."""

    @dg.op(name=f"{NAME}_of_lake")
    def let_go(context: dg.OpExecutionContext, config: Retention, lake: LakeResource) -> None:
        on = lake.connect()
        keep = Keep(config.audit_branches, config.garbage, config.states)
        told = retain(on.lake, lake.states(), keep, dry_run=not config.do)
        for one in told:
            context.log.info(said(one, done=config.do))
        context.add_output_metadata(_metadata(told, done=config.do))

    @dg.job(
        name=NAME,
        description="Let go of audit branches, garbage and states that were kept long enough. "
        "It is shown in bytes first; with do: true it is done.",
        executor_def=dg.in_process_executor,
        tags={PRIORITY: BEHIND},
    )
    def retention() -> None:
        let_go()

    return retention


def said(one: Released, *, done: bool) -> str:
    """Return what became of a class, in words."""
    if one.why:
        return f"{one.sort}: {one.why}"
    verb = "freed" if done else "would free"
    return f"{one.sort}: {verb} {one.bytes:,} bytes, {one.count:,} kept for {one.days} days"


def _metadata(told: tuple[Released, ...], *, done: bool) -> dict[str, Any]:
    rows = [
        dg.TableRecord({"class": one.sort, "days": str(one.days), "count": one.count,
                        "bytes": one.bytes, "why": one.why}) for one in told
    ]  # fmt: skip
    total = sum(one.bytes for one in told)
    return {
        "bytes freed" if done else "bytes that would be freed": total,
        "classes": dg.MetadataValue.table(rows),
    }
