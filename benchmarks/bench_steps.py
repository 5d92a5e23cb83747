"""Training on mapped steps of a proved dataset beside the same arrays mapped by numpy, in pairs.

One partition after another is read and trained on, a small network in PyTorch on one thread. Ours
opens nothing anew: files of the cache are there, and each is hashed before its first step, as at
the start of a run; beside it stands an epoch in which all were hashed before, Parquet that is
decoded each time, and arrays that are held in memory, for which no page is mapped. The rival maps
one raw file an array anew in each epoch. Pairs alternate in order; what is told is the median of
what they differ by in processor time, and the spread from quarter to quarter.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat.contracts import EpisodesRule
from karat.dataset import Steps, TrainingSteps
from karat.dataset.step_cache import make
from karat.dataset.step_columns import needed, step_batches
from karat.dataset.step_reading import Source
from karat.dataset.steps import joined

PARTITIONS, ROWS, FEATURES = 3, 100_000, 20
BATCH, HIDDEN, PAIRS = 1024, 128, 9
NAMES = tuple(f"x{number:02}" for number in range(FEATURES))
RULE = EpisodesRule(
    episode="episode", step="step", observation=NAMES, action="action", reward="reward",
    terminated="terminated", truncated="truncated",
)  # fmt: skip
Batches = Callable[[], Iterator[Steps]]


def run(rows: int = ROWS, pairs: int = PAIRS) -> list[Row]:
    """Return the rows; RuntimeError when training ends with other weights."""
    if find_spec("torch") is None:
        return [Row("training from mapped files: PyTorch is not installed, see `karat[train]`", "")]
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        files = made(Path(folder), rows)
        saved(files, Path(folder))
        held = list(copied(mapped(Path(folder))))
        ways: dict[str, Batches] = {
            "themselves: what chance makes of it": lambda: mapped(Path(folder)),
            "mapped files that were hashed": lambda: batches(files),
            "mapped files, each hashed first": lambda: batches(fresh(files)),
            "arrays in memory": lambda: iter(held),
            "Parquet, decoded each time": lambda: decoded(Path(folder)),
        }
        ends = {name: trained(way()) for name, way in ways.items()}
        if len({weights.tobytes() for weights in ends.values()}) != 1:
            raise RuntimeError("training ends differently by some way of reading")
        return [_row(name, way, lambda: mapped(Path(folder)), pairs) for name, way in ways.items()]


def _row(name: str, way: Batches, raw: Batches, pairs: int) -> Row:
    apart = sorted(_pair(way, raw, turned=bool(n % 2)) for n in range(pairs))
    median = statistics.median(apart)
    quarters = f"{apart[len(apart) // 4]:+.1f} .. {apart[-1 - len(apart) // 4]:+.1f} %"
    asked = Goal(median, 3, 1, unit="%") if name.startswith("mapped") else None
    return Row(
        f"training from raw mapped arrays and from {name}", f"{median:+.1f} %", quarters, goal=asked
    )


def _pair(way: Batches, raw: Batches, *, turned: bool) -> float:
    """Return how much more processor time `way` takes than `raw`, in per cent."""
    took = {}
    for ours in (True, False) if turned else (False, True):
        begun = time.process_time()
        trained((way if ours else raw)())
        took[ours] = time.process_time() - begun
    return 100 * (took[True] / took[False] - 1)


def trained(steps: Iterator[Steps]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the weights of the first layer after a step of Adam on each batch."""
    import torch

    from karat.dataset.torch_steps import tensor

    torch.manual_seed(1)
    widths = (FEATURES, HIDDEN, HIDDEN, 1)
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    descent = torch.optim.Adam(net.parameters())
    for batch in steps:
        error = net(tensor(batch.observation))[:, 0] - tensor(batch.reward)
        descent.zero_grad()
        (error**2).mean().backward()
        descent.step()
    return layers[0].weight.detach().numpy().copy()


def batches(files: TrainingSteps) -> Iterator[Steps]:
    return files.batches(BATCH)


def fresh(files: TrainingSteps) -> TrainingSteps:
    """Return the same files, none of which was hashed."""
    return TrainingSteps(files.rule, files.sources)


def saved(files: TrainingSteps, folder: Path) -> None:
    """Leave the arrays of each partition in raw files."""
    for number, source in enumerate(files.sources):
        whole = joined(list(batches(TrainingSteps(files.rule, (source,)))))
        for name, array in whole.arrays().items():
            np.save(folder / f"{number} {name}.npy", array)


def mapped(folder: Path) -> Iterator[Steps]:
    """Yield the batches of the raw files, mapped anew."""
    for number in range(PARTITIONS):
        paths = sorted(folder.glob(f"{number} *.npy"))
        arrays = {path.stem.split()[1]: np.load(path, mmap_mode="r") for path in paths}
        steps = Steps(**arrays)
        for at in range(0, len(steps), BATCH):
            yield steps.part(at, at + BATCH)


def copied(steps: Iterator[Steps]) -> Iterator[Steps]:
    """Yield the same batches, held in memory."""
    for one in steps:
        yield Steps(**{name: np.array(array) for name, array in one.arrays().items()})


def decoded(folder: Path) -> Iterator[Steps]:
    """Yield the batches of the Parquet files, made into arrays as the cache is."""
    from karat.dataset.mapped_steps import views

    for number in range(PARTITIONS):
        with pq.ParquetFile(folder / f"{number}.parquet") as file:
            for block in step_batches(RULE, file.iter_batches(columns=needed(RULE)), "bench"):
                steps = views(block)
                for at in range(0, len(steps), BATCH):
                    yield steps.part(at, at + BATCH)


def made(folder: Path, rows: int) -> TrainingSteps:
    """Return partitions of random steps, and leave their Parquet files in `folder`."""
    sources = []
    for number in range(PARTITIONS):
        random = np.random.default_rng([7, number])
        at = np.arange(rows)
        columns: dict[str, Any] = {name: random.standard_normal(rows) for name in NAMES}
        columns |= {"episode": at // 100, "step": at % 100, "action": at % 3, "terminated": 0 * at}
        columns |= {"reward": columns["x00"] * 2, "truncated": (at % 100 == 99).astype(int)}
        plain, file = folder / f"{number}.parquet", folder / f"{number}.arrow"
        pq.write_table(pa.table(columns), plain, compression="zstd")
        beside = make(file, RULE, lambda plain=plain: plain, str(number))  # type: ignore[misc]
        sources.append(Source(str(number), file, beside))
    return TrainingSteps(RULE, tuple(sources))
