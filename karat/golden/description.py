"""What a golden manifest says, in plain values: days, scales, quantiles, and what they promise."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from karat.golden.calibration import needed_days, quantile
from karat.golden.chunk_scale import ChunkScale
from karat.golden.false_alarms import false_alarm_interval
from karat.golden.manifest import GoldenManifest
from karat.golden.yardsticks import Yardstick

ALPHAS = tuple(Fraction(text) for text in ("0.01", "0.05", "0.1", "0.2"))


def described(manifest: GoldenManifest, alphas: Iterable[Fraction] = ()) -> dict[str, Any]:
    """Return digest, days, yardsticks and quantiles; floats are for reading, not for judging.

    q is told for `alphas` and for 1, 5, 10 and 20 %.
    """
    return {
        "digest": manifest.digest,
        "dataset": manifest.dataset,
        "reference": [day.partition for day in manifest.reference],
        "calibration": [day.partition for day in manifest.calibration],
        "yardsticks": [
            _yardstick(stratum, name, one)
            for stratum, held in manifest.strata.items()
            for name, one in held.items()
        ],
        "quantiles": [
            _quantile(manifest, alpha) for alpha in sorted({*ALPHAS, *alphas})
        ],
    }  # fmt: skip


def all_names(manifest: GoldenManifest) -> list[str]:
    """Return the distances of a manifest, each once, in the contract's order."""
    return list(dict.fromkeys(name for held in manifest.strata.values() for name in held))


def _yardstick(stratum: str, name: str, one: Yardstick) -> dict[str, Any]:
    worth = one.effective_rows
    return {
        "stratum": stratum,
        "name": name,
        "kind": one.rule.kind,
        "cells": None if one.cells is None else int(one.cells.points.size),
        "scale": float(one.scale),
        "floor": float(one.floor),
        "at_floor": one.scale == one.floor,
        "m_eff": None if worth is None else float(worth),
        "left_out": max(map(float, one.left_out), default=None),
        "chunks": None if one.chunks is None or one.thin else _chunks(one.chunks),
    }


def _chunks(cut: ChunkScale) -> dict[str, Any]:
    usual = cut.usual if cut.usual is not None else 0
    return {
        "seconds": cut.width_ns // 10**9,
        "min_rows": cut.min_rows,
        "usual": float(usual),
        "spread": float(cut.spread),
    }


def _quantile(manifest: GoldenManifest, alpha: Fraction) -> dict[str, Any]:
    """Return q at `alpha` over all distances and stretches: null with too few calibration days."""
    names = all_names(manifest)
    scores = manifest.scores(names, names)
    law = false_alarm_interval(len(scores), alpha)
    ends = [quantile([score[end] for score in scores], alpha) for end in (0, 1)]
    return {
        "alpha": float(alpha),
        "days": len(scores),
        "needed": needed_days(alpha),
        "q": [float(end) for end in ends if end is not None] or None,
        "false_alarms": law
        and {part: float(getattr(law, part)) for part in ("mean", "low", "high")},
    }
