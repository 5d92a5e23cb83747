"""The bench of loading: every module of compiled passes is loaded, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench_cold

KERNELS = Path(__file__).parents[2] / "karat" / "states" / "kernels"


def test_every_module_of_compiled_passes_is_loaded() -> None:
    names = list(bench_cold.kernels())
    assert len(names) == len(list(KERNELS.glob("*_kernel.py"))) >= 9
    seen = {module for module in sys.modules if module.startswith("karat.states.kernels.")}
    numba_s, ours_s = bench_cold.loading(names[:1])
    assert min(numba_s, ours_s) > 0
    # Nothing was loaded here: the process was another one.
    assert seen == {m for m in sys.modules if m.startswith("karat.states.kernels.")}


def test_a_module_that_does_not_load_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        bench_cold.loading(["karat.states.kernels.no_kernel"])


def test_the_first_process_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    took = iter([(9.0, 9.0), *[(0.5, 0.25)] * bench_cold.RUNS])
    monkeypatch.setattr(bench_cold, "loading", lambda _: next(took))
    (row,) = bench_cold.run()
    assert (row.ours, row.rival, row.ratio) == ("0.25 s", "0.50 s", 2.0)
    assert row.goal is not None
    assert row.goal.met
