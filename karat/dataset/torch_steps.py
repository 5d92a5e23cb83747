"""Steps for PyTorch: an `IterableDataset` of whole batches, dealt to workers and resumed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from karat.dataset.dealing import dealt
from karat.dataset.epoch_order import EpochOrder
from karat.dataset.step_reading import ROWS, TrainingSteps

if TYPE_CHECKING:
    from torch.utils.data import IterableDataset


def torch_steps(
    steps: TrainingSteps,
    rows: int = ROWS,
    *,
    seed: int | None = None,
    epoch: int = 0,
    position: int = 0,
    rank: int = 0,
    world: int = 1,
) -> IterableDataset[dict[str, Any]]:
    """Return the batches of an epoch as dictionaries of tensors, by the names of `Steps`.

    Give it to ``DataLoader(..., batch_size=None)``, with workers or without. `position` is how many
    batches were drawn from such a loader: with the same number of workers the rest comes. `rank`
    and `world` are those of a distributed run. Tensors lie in read-only memory: clone one before it
    is changed in place. Every file is made first. Needs PyTorch, of the extra ``train``; errors as
    `TrainingSteps.batches`.
    """
    from torch.utils.data import IterableDataset, get_worker_info

    made = steps.settled()
    said = {"rows": rows, "seed": seed, "epoch": epoch, "rank": rank, "world": world}

    class Batches(IterableDataset[dict[str, Any]]):
        """An epoch's batches."""

        def __iter__(self) -> Iterator[dict[str, Any]]:
            info = get_worker_info()
            workers, own = (info.num_workers, info.id) if info else (1, 0)
            shares = [rank + world * n for n in range(workers)]
            counts = [made.batch_count(EpochOrder(rows, seed, epoch, r, world * workers))
                      for r in shares]  # fmt: skip
            given, turn = dealt(counts, position)
            mine = (own + turn) % workers
            at = {"position": given[mine], "rank": shares[mine], "world": world * workers}
            for batch in made.batches(rows, seed=seed, epoch=epoch, **at):
                yield {name: tensor(array) for name, array in batch.arrays().items()}

        def __reduce__(self) -> tuple[Any, ...]:
            return _again, (TrainingSteps(made.rule, made.sources), said | {"position": position})

    return Batches()


def _again(steps: TrainingSteps, said: dict[str, Any]) -> Any:
    return torch_steps(steps, **said)


def tensor(array: Any) -> Any:
    """Return a tensor over an array's own memory, which is not to be written."""
    import torch

    with warnings.catch_warnings():  # of memory that is not to be written; the docstring tells
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)
