"""What moved the worth of the newest policy: other data, or other code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from karat.assets.dataset import Dataset
from karat.assets.pictures import drawn
from karat.assets.reading import reader_of
from karat.assets.telling import told
from karat.errors import CorruptError, InputError, RefusedError, UnavailableError
from karat.feedback.attribution import PARTS, Effect
from karat.feedback.factorial import FEWEST
from karat.feedback.picture import attribution_plot
from karat.resources import LakeResource
from karat.training.attributing import Compared, compare_last_two
from karat.training.payoffs import payoff_unit
from karat.training.run import Ground
from karat.training.telling import digits, ends

TOGETHER = "yes: neither data nor code means much alone"


class Comparing(dg.Config):
    """Which policies are compared, and on what."""

    model: str = Field("policy", description="What the models are called.")
    data: list[str] = Field(
        [], description="Old and new dataset, NAME@VERSION; else of the last two that differ."
    )
    code: list[str] = Field(
        [], description="Old and new code, by the digits that karat train tells; else of these."
    )
    judge: str = Field(
        "", description="Evaluate on this NAME@VERSION; else as the newest one was evaluated."
    )
    seeds: int = Field(FEWEST, description="Policies of each kind; those that lack are trained.")
    waived: bool = Field(default=False, description="Accept partitions under a waiver.")


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset; where only one policy was trained it tells nothing.

    A comparison that nobody asked for by name, and that cannot be made, is told and fails no run:
    the policy is trained by then.
    """
    key = dataset.key("attribution")

    @dg.asset(
        key=key,
        deps=[dataset.key("trained_policy")],
        group_name=dataset.group,
        output_required=False,
        description="What moved the worth of the newest policy against the one before it: data, "
        "code, or both, each with its interval of 95 % over seeds.",
    )
    def attribution(
        context: dg.AssetExecutionContext, config: Comparing, lake: LakeResource
    ) -> Iterator[Any]:
        on = dataset.connect(lake)
        ground = Ground(on.lake, on.contract, Path(lake.store).parent / "training")
        try:
            found = compare_last_two(
                ground, config.model, data=_two(config.data), code=_two(config.code),
                judge=config.judge, seeds=config.seeds, waivers=config.waived,
                reader=reader_of(context), progress=told(context.log),
            )  # fmt: skip
        except (RefusedError, InputError, CorruptError, UnavailableError) as error:
            if config.data or config.code or isinstance(error, CorruptError | UnavailableError):
                raise dg.Failure(description=str(error), allow_retries=False) from error
            context.log.warning("not compared: %s", error)
            yield dg.AssetObservation(key, metadata={"not compared": str(error)})
            return
        if found is None:
            context.log.info("only one policy is called %s: nothing to compare", config.model)
        else:
            yield _report(found, payoff_unit(on.contract))

    return attribution


def _two(asked: list[str]) -> tuple[str, str] | None:
    if not asked:
        return None
    try:
        old, new = asked
    except ValueError as error:
        raise InputError(f"{', '.join(asked)}: name two, the old one and the new one") from error
    return old, new


def _report(compared: Compared, unit: str) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
    found = compared.found
    parts: list[dict[str, Any]] = [
        {"part": name, "change": digits(one.value), "95 % from": digits(one.low),
         "to": digits(one.high), "moved it": _sure(one)}
        for name in PARTS
        for one in [getattr(found, name)]
    ]  # fmt: skip
    scores: list[dict[str, Any]] = [
        {"data": data, "code": code, "seed": seed, "worth a step": digits(worth)}
        for data, code, seed, worth in compared.rows()
    ]
    total = found.total
    return dg.MaterializeResult(
        metadata={
            "moved by": found.cause,
            "change": ends(total.value, total.low, total.high, unit),
            "change a step": digits(total.value),
            "acting together": TOGETHER if found.entangled else "no",
            "old": ", code ".join(compared.old),
            "new": ", code ".join(compared.new),
            "evaluated on": compared.judge,
            "unit": f"{unit or 'as the payoffs'}, a step",
            "parts": dg.MetadataValue.table([dg.TableRecord(one) for one in parts]),
            "policies": dg.MetadataValue.table([dg.TableRecord(one) for one in scores]),
            **drawn(attribution_plot(found, unit, compared.between), "attribution"),
        }
    )


def _sure(one: Effect) -> str:
    """Return whether a part moved the worth; what is the same in old and new moves nothing."""
    if one.certain:
        return "surely"
    return "not surely" if one.low or one.high else "no"
