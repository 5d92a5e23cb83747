"""Raw captures of growing size, rebuilt and validated: memory that stays, time that is linear.

Each size in a new process, whose highest resident memory (VmHWM) is told; what it had before it
began is imports. Judged by the shipped contract against golden quotes and trades of the same
interval. The time of 50 GB is extrapolated from the largest size, not measured.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.goals import Goal
from benchmarks.stream_day import PIECE, Streamed, bring_in, stream, write_capture
from benchmarks.timing import Row

SIZES = (500_000_000, 1_000_000_000, 2_000_000_000)
WHOLE_DAY = 50e9
MOST_MB, MOST_BENT = 2000.0, 10.0


def run(sizes: Sequence[int] = SIZES, piece: int = PIECE) -> list[Row]:
    """Return a row for each size, then those on how they compare."""
    with tempfile.TemporaryDirectory() as folder:
        done = [_measured(Path(folder) / str(size), size, piece) for size in sizes]
    return [*map(_row, done), *_compared(done)]


def _measured(folder: Path, size: int, piece: int) -> Streamed:
    home, captures = folder / "home", folder / "captures"
    text = _apart(write_capture, captures, size, piece)
    _apart(bring_in, home, captures)
    done: Streamed = _apart(stream, home, text)
    return done


def _apart(work: Callable[..., Any], *given: Any) -> Any:
    """Return what `work` gives in a process of its own, so that no memory is another's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        return fresh.submit(work, *given).result()


def _row(one: Streamed) -> Row:
    parts = f"rebuild {one.rebuild_s:.1f} s + validate {one.validate_s:.1f} s"
    memory = f"peak {one.peak_mb:.0f} MB (rebuild {one.rebuild_mb:.0f}, before {one.base_mb:.0f})"
    what = f"{one.text_bytes / 1e9:.2f} GB of JSON, {one.rows / 1e6:.1f} M events, {one.outcome}"
    pace = f"{one.text_bytes / 1e6 / one.seconds:.0f} MB/s"
    return Row(what, f"{parts}, {pace}; {memory}")


def _compared(done: Sequence[Streamed]) -> list[Row]:
    first, last = done[0], done[-1]
    per_byte = [one.seconds / one.text_bytes for one in done]
    bent = 100 * (max(per_byte) / per_byte[0] - 1)
    hours = per_byte[-1] * WHOLE_DAY / 3600
    grown = last.peak_mb - first.peak_mb
    memory = Goal(last.peak_mb, MOST_MB, unit="MB")
    linear = Goal(max(bent, 0.0), MOST_BENT, unit="%")
    return [
        Row("peak memory of the largest; growth from the smallest",
            f"{last.peak_mb:.0f} MB; {grown:+.0f} MB", goal=memory),
        Row("time a byte, the worst size against the smallest", f"{bent:+.1f} %", goal=linear),
        Row("a day of 50 GB, extrapolated from the largest", f"{hours:.2f} h"),
    ]  # fmt: skip
