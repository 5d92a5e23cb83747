"""`karat golden diff`: what another golden would change, before anyone adopts it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karat.cli.bar import bar
from karat.cli.golden_changes import draw
from karat.cli.golden_find import find, found
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace

if TYPE_CHECKING:
    from karat.golden import GoldenManifest

NAME = "diff"
EPILOG = teaching(
    "karat golden diff current 3f0c1b9a7d42",
    "karat golden diff current ./golden-august --json",
    done="told; nothing was recorded",
)


def command(
    before: Annotated[
        str, typer.Argument(metavar="A", help="How a digest begins, a built folder, or current.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one, as A.")],
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every day and every partition.")
    ] = False,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what golden B would change against golden A: days, scales, q, and above all verdicts.

    Every published partition is judged by both, from states that are known where they are.
    Nothing is recorded and nothing adopted.
    """
    place = workplace(lake, contract, home)
    old, new = find(place, before), found(place, after)
    body = _plain(place, old, new)
    answer(body, lambda console: draw(console, body, verbose=verbose), as_json=as_json)


def _plain(place: Workplace, old: GoldenManifest | None, new: GoldenManifest) -> dict[str, Any]:
    from karat.flow.golden_effect import would_change
    from karat.golden import changed_days

    with bar() as progress:
        effect = would_change(
            place.lake, place.contract, new, instead_of=old, store=place.store, progress=progress
        )
    rule = place.contract.unpaired
    alpha = Fraction(rule.alpha) if rule else None
    return {
        "before": old.digest if old else None,
        "after": new.digest,
        "days": {day.partition: day.what for day in changed_days(old, new)},
        "scales": _scales(old, new),
        "alpha": float(alpha) if alpha else None,
        "q": [_q(old, alpha), _q(new, alpha)],
        "judged": effect.judged,
        "bytes_read": effect.bytes_read,
        "outcomes": sum(one.outcome for one in effect.changed),
        "verdicts": {str(one.partition): one.plain() for one in effect.changed},
    }


def _scales(old: GoldenManifest | None, new: GoldenManifest) -> dict[str, list[float | None]]:
    sides = [_by_name(old), _by_name(new)]
    return {
        name: [float(side[name]) if name in side else None for side in sides]
        for name in dict.fromkeys([*sides[0], *sides[1]])
    }


def _by_name(manifest: GoldenManifest | None) -> dict[str, Fraction]:
    strata = manifest.strata if manifest else {}
    return {
        f"{stratum} {name}".strip(): one.scale
        for stratum, held in strata.items()
        for name, one in held.items()
    }


def _q(manifest: GoldenManifest | None, alpha: Fraction | None) -> dict[str, Any] | None:
    from karat.golden import described

    if manifest is None or alpha is None:
        return None
    rows = described(manifest, [alpha])["quantiles"]
    asked: dict[str, Any] = next(row for row in rows if row["alpha"] == float(alpha))
    return asked
