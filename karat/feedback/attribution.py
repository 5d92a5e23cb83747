"""What moved the score: the data, the code, or the two together.

Statistics note 8, after Shapley (1953) for two players. With Y_dc the score of data d and code c,

    data        = ((Y10 - Y00) + (Y11 - Y01)) / 2
    code        = ((Y01 - Y00) + (Y11 - Y10)) / 2
    interaction =  Y11 - Y10 - Y01 + Y00

so that data and code sum up to the whole change Y11 - Y00. Where the interaction is as large as
they are, each of them depends on which came first, and the split says little: that is told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from karat.feedback.factorial import Factorial, Scores
from karat.feedback.resampling import mean_interval

LEVEL = 0.95
PARTS = ("data", "code", "interaction", "total")
"""What an attribution tells, in the order in which it is shown."""


@dataclass(frozen=True)
class Effect:
    """How much a score moved, in its own unit: the mean over seeds, and between which ends."""

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether it is surely not zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Attribution:
    """The split of the change `total` into `data` and `code`, at 95 % each; over `seeds` seeds."""

    data: Effect
    code: Effect
    interaction: Effect
    total: Effect
    seeds: int

    @property
    def entangled(self) -> bool:
        """Whether the interaction is surely there and at least half as large as the larger part."""
        larger = max(abs(self.data.value), abs(self.code.value))
        return self.interaction.certain and 2 * abs(self.interaction.value) >= larger

    @property
    def cause(self) -> str:
        """What surely moved the score: `data`, `code`, `data and code` or `nothing certain`."""
        parts = {"data": self.data, "code": self.code}
        return " and ".join(name for name, part in parts.items() if part.certain) or UNCERTAIN

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "cause": self.cause, "entangled": self.entangled, "level": LEVEL}


UNCERTAIN = "nothing certain"


def attribute(design: Factorial) -> Attribution:
    """Return what moved the score between old data with old code and new data with new code.

    >>> import numpy as np
    >>> scores = np.zeros((2, 2, 5)); scores[1] = [[-3.0, -3.1, -2.9, -3.0, -3.2]] * 2
    >>> attribute(Factorial(scores, tuple("abcde"))).cause
    'data'
    """
    (y00, y01), (y10, y11) = design.scores
    return Attribution(
        data=_effect(((y10 - y00) + (y11 - y01)) / 2),
        code=_effect(((y01 - y00) + (y11 - y10)) / 2),
        interaction=_effect(y11 - y10 - y01 + y00),
        total=_effect(y11 - y00),
        seeds=len(design.seeds),
    )


def _effect(by_seed: Scores) -> Effect:
    return Effect(float(by_seed.mean()), *mean_interval(by_seed, LEVEL))
