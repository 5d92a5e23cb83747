"""A policy learned by PyTorch on one thread: the same data, recipe and seed give the same bits.

Steps tell what each action would have been rewarded with, so what a policy is worth needs no
exploring: gradient ascent on the mean of sum_a p(a | observation) * payoff_a.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np

from karat.dataset import TrainingSteps
from karat.errors import UnavailableError
from karat.telemetry import Progress, silent
from karat.training.checkpoint import Checkpoint, Standing
from karat.training.normalising import usual
from karat.training.payoffs import payoffs
from karat.training.policy import Policy
from karat.training.recipe import Recipe

OFTEN = 200
"""Batches after which the standing is written."""
WEIGHTS = ("first", "first_bias", "last", "last_bias")


def torch_version() -> str:
    """Return the version of PyTorch; UnavailableError where there is none."""
    return str(_torch().__version__)


def learn(
    steps: TrainingSteps,
    recipe: Recipe,
    checkpoint: Checkpoint | None = None,
    progress: Progress = silent,
) -> Policy:
    """Return the policy that `recipe` makes of `steps`; it goes on where `checkpoint` stands.

    Raises as `TrainingSteps.batches`, `InputError` for no steps or no payoffs, UnavailableError
    without PyTorch.
    """
    torch = _torch()
    mean, scale, size = usual(steps)
    with _one_thread(torch):
        with closing(steps.batches(1)) as batches:
            actions = payoffs(next(batches)).shape[1]
        learner = _Learner(torch, recipe, mean.size, actions)
        standing = (checkpoint.read() if checkpoint else None) or Standing(0, 0, {})
        learner.take(standing)
        for epoch in range(standing.epoch, recipe.epochs):
            at = standing.position if epoch == standing.epoch else 0
            which = {"seed": recipe.seed, "epoch": epoch, "position": at}
            with closing(steps.batches(recipe.rows, **which)) as batches:
                for position, batch in enumerate(batches, at + 1):
                    learner.step((batch.observation - mean) / scale, payoffs(batch) / size)
                    if checkpoint and position % OFTEN == 0:
                        checkpoint.write(learner.standing(epoch, position))
            if checkpoint:
                checkpoint.write(learner.standing(epoch + 1, 0))
            progress("train", epoch + 1, recipe.epochs, f"epoch {epoch + 1}")
        return Policy(mean, scale, *learner.weights())


class _Learner:
    """Weights in PyTorch and their optimiser."""

    def __init__(self, torch: Any, recipe: Recipe, features: int, actions: int) -> None:
        random = np.random.Generator(np.random.PCG64(recipe.seed))
        shapes = (features, recipe.hidden), (recipe.hidden,), (recipe.hidden, actions), (actions,)
        begun = [random.normal(0, 1 / np.sqrt(one[0]), one) * (len(one) > 1) for one in shapes]
        self._torch = torch
        self._weights = [torch.tensor(one, dtype=torch.float32).requires_grad_() for one in begun]
        self._adam = torch.optim.Adam(self._weights, lr=recipe.rate, foreach=False)

    def step(self, observation: Any, payoffs: Any) -> None:
        """Learn from one batch."""
        seen = self._torch.from_numpy(observation)
        gains = self._torch.from_numpy(payoffs.astype(np.float32))
        first, first_bias, last, last_bias = self._weights
        chances = (self._torch.tanh(seen @ first + first_bias) @ last + last_bias).softmax(1)
        self._adam.zero_grad()
        (-(chances * gains).sum(1).mean()).backward()
        self._adam.step()

    def weights(self) -> list[Any]:
        """Return the weights as arrays of their own."""
        return [one.detach().numpy().copy() for one in self._weights]

    def standing(self, epoch: int, position: int) -> Standing:
        """Return all that is needed to go on."""
        arrays = dict(zip(WEIGHTS, self.weights(), strict=True))
        for name, one in zip(WEIGHTS, self._weights, strict=True):
            for what, value in self._adam.state[one].items():
                arrays[f"{name}.{what}"] = value.numpy().copy()
        return Standing(epoch, position, arrays)

    def take(self, standing: Standing) -> None:
        """Go on from there; an empty one is the beginning."""
        for name, one in zip(WEIGHTS, self._weights, strict=True):
            if name in standing.arrays:
                one.data = self._torch.from_numpy(standing.arrays[name].copy())
            own = [key for key in standing.arrays if key.startswith(f"{name}.")]
            if own:
                self._adam.state[one] = {
                    key.removeprefix(f"{name}."): self._torch.from_numpy(
                        standing.arrays[key].copy()
                    )
                    for key in own
                }


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Have sums taken in one order; what was set before is set again."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(mode=strict)


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise UnavailableError(
            "PyTorch is not installed: pip install torch, then train again"
        ) from error
    return torch
