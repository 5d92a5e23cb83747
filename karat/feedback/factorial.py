"""Scores of a 2 x 2 design: old and new data, old and new code, each trained with the same seeds.

Statistics note 8. A seed is no player: it is what is repeated. The same seeds in all four cells
make noise that they share drop out of every difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from karat.errors import InputError

FEWEST = 5
"""Seeds below which resampling says nothing: too often all that is drawn is one seed."""

Scores = NDArray[np.float64]
CELLS = tuple(product((0, 1), (0, 1)))


@dataclass(frozen=True)
class Factorial:
    """`scores[d, c, k]`: of data d and code c (0 old, 1 new) with seed k; float64, 2 x 2 x seeds.

    Raises `InputError` for another shape, for fewer than five seeds, and for what is not finite.
    """

    scores: Scores
    seeds: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.scores.shape != (2, 2, len(self.seeds)):
            raise InputError(
                f"scores have the shape {self.scores.shape}: give old and new data by old and new "
                f"code by {len(self.seeds)} seeds"
            )
        if len(self.seeds) < FEWEST:
            raise InputError(
                f"{len(self.seeds)} seeds: train each of the four with {FEWEST} or more, the same"
            )
        for d, c, k in np.argwhere(~np.isfinite(self.scores)):
            where = f"data {'old' if d == 0 else 'new'}, code {'old' if c == 0 else 'new'}"
            raise InputError(f"{where}, seed {self.seeds[k]}: the score is not a finite number")

    @classmethod
    def of(cls, scores: Mapping[tuple[int, int], Mapping[str, float]]) -> Factorial:
        """Return the design of scores by (data, code) and seed; `InputError` for a missing one."""
        seeds = sorted({seed for cell in scores.values() for seed in cell})
        for cell, seed in product(CELLS, seeds):
            if seed not in scores.get(cell, {}):
                data, code = ("new" if one else "old" for one in cell)
                raise InputError(f"no score of {data} data and {code} code with seed {seed}")
        values = [[scores[cell][seed] for seed in seeds] for cell in CELLS if seeds]
        return cls(np.array(values, np.float64).reshape(2, 2, len(seeds)), tuple(seeds))
