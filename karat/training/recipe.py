"""How a policy is trained: all of its hyperparameters, and the seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from karat.errors import InputError

BATCHES = 800
"""Batches that weights should learn from: fewer leave them near where they began."""
LEAST, MOST = 4, 512
"""Epochs that are chosen at least, and at most."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A policy with one hidden layer, trained over `epochs` by batches of `rows` steps.

    With 0 epochs there are as many as the steps need (`over`). `rate` is Adam's learning rate. The
    seed decides first weights and the order of batches. Raises `InputError` for a number that
    trains nothing.
    """

    hidden: int = 32
    epochs: int = 0
    rows: int = 256
    rate: float = 2e-3
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("hidden", 1), ("epochs", 0), ("rows", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least {least}")
        if not 0 < self.rate < 1:
            raise InputError(f"rate is {self.rate}: it must lie between 0 and 1, as 0.001 does")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}: it must be at least 0")

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    def over(self, steps: int) -> Recipe:
        """Return it with its epochs told: what was asked for, else what so many steps need.

        The least power of two by which there are `BATCHES` batches, so that a day more seldom
        makes another recipe; from `LEAST` to `MOST`.

        >>> [Recipe().over(steps).epochs for steps in (500, 10_000, 11_000, 10_000_000)]
        [512, 32, 32, 4]
        """
        if self.epochs:
            return self
        each = max(-(-steps // self.rows), 1)
        needed = 1 << (-(-BATCHES // each) - 1).bit_length()
        return replace(self, epochs=min(max(needed, LEAST), MOST))
