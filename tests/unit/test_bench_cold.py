"""The bench of loading: every module of compiled passes is loaded, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
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


def test_what_is_hidden_is_not_loaded() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        bench_cold.loading(["json.tool"], ["json"])
    assert min(bench_cold.loading(["json.tool"], ["scipy"])) >= 0


def test_the_first_process_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    def took(_: list[str], hidden: Sequence[str] = ()) -> tuple[float, float]:
        asked.append(hidden)
        return (9.0, 9.0) if len(asked) == 1 else (0.5, 0.25 if hidden else 1.0)

    monkeypatch.setattr(bench_cold, "loading", took)
    without, beside = bench_cold.run()
    assert (without.ours, without.rival, without.ratio) == ("0.25 s", "0.50 s", 2.0)
    assert without.goal is not None
    assert without.goal.met
    assert beside.goal is not None
    assert (beside.ours, beside.goal.met) == ("1.00 s", False)
    assert len(asked) == 1 + 2 * bench_cold.RUNS
