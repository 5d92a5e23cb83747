"""How a policy is trained: all of its hyperparameters, and the seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from karat.errors import InputError


@dataclass(frozen=True, slots=True)
class Recipe:
    """A policy with one hidden layer, trained over `epochs` by batches of `rows` steps.

    `rate` is Adam's learning rate. The seed decides first weights and the order of batches.
    Raises `InputError` for a number that trains nothing.
    """

    hidden: int = 32
    epochs: int = 4
    rows: int = 1024
    rate: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "rows"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least 1")
        if not 0 < self.rate < 1:
            raise InputError(f"rate is {self.rate}: it must lie between 0 and 1, as 0.001 does")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}: it must be at least 0")

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)
