"""A training run whose process is killed: nothing is lost of it, and nothing is kept half made."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.dataset import Split
from karat.telemetry import Progress
from karat.training import models
from karat.training.checkpoint import Checkpoint, Standing
from tests.unit.stepped_days import contract, cut_days
from tests.unit.telling_days import telling

pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
DAYS, SPLIT = (3000, 1500, 40, 1200), Split("2024-01-04")
KILLS = 5 if os.environ.get("KARAT_SOAK") else 1
EPOCHS = 4 + 4 * KILLS
ROWS = "20"
"""So few a batch that an epoch is written in its middle too (`learning.OFTEN`)."""
PATIENCE_S = 60


def standing(runs: Path) -> Standing | None:
    """Return where the only run in a folder stands; None for one that has not begun."""
    files = sorted(runs.glob("*.npz"))
    assert len(files) <= 1, "it is one run, however often it begins"
    return Checkpoint(files[0], files[0].stem).read() if files else None


def kill_while_it_trains(asked: list[str], runs: Path, seed: int) -> Standing:
    """Run a command, kill it a moment after it went on by an epoch; return where it stood then."""
    before = standing(runs)
    least = before.epoch + 1 if before else 1
    end = time.monotonic() + PATIENCE_S
    with subprocess.Popen([sys.executable, "-m", "karat.cli", *asked]) as process:
        while process.poll() is None and time.monotonic() < end:
            if (now := standing(runs)) is not None and now.epoch >= least:
                break
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0, 0.2))  # noqa: S311 - a moment, no secret
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it was not over yet"
    stood = standing(runs)
    assert stood is not None
    assert least <= stood.epoch < EPOCHS, "it was killed while it trained"
    return stood


def test_a_process_killed_while_it_trains_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command goes on where it stood, to what a run that nobody killed comes to."""
    lake = cut_days(tmp_path, DAYS, telling, SPLIT).lake
    rules = tmp_path / "steps.yaml"
    rules.write_text(json.dumps(contract().model_dump(mode="json", exclude_unset=True)))
    asked = ["train", "steps@1.0.0", "--epochs", str(EPOCHS), "--hidden", "4", "--rows", ROWS]
    asked += ["--lake", f"file://{tmp_path / 'lake'}", "--home", str(tmp_path)]
    asked += ["--contract", str(rules), "--json"]
    runs = tmp_path / "training" / "runs"
    for seed in range(KILLS):
        stood = kill_while_it_trains(asked, runs, seed)
        assert models(lake) == [], "half a policy is none"
    told: list[str] = []

    def tell(*step: Any, **_: Any) -> None:
        told.append(step[3])

    @contextmanager
    def watched() -> Iterator[Progress]:
        yield tell

    monkeypatch.setattr("karat.cli.train.bar", watched)

    def finish(name: str) -> dict[str, Any]:
        told.clear()
        found = CliRunner().invoke(app, [*asked, "--name", name])
        assert found.exit_code == 0, found.output
        assert list(runs.iterdir()) == [], "nothing is left of a run that came to its end"
        answer: dict[str, Any] = json.loads(found.output)
        return answer

    killed = finish("policy")
    assert told[0] == f"epoch {stood.epoch + 1}", "no epoch is learned again"
    whole = finish("whole")
    assert told[0] == "epoch 1"
    (one, other) = models(lake)
    assert one.policy.encode() == other.policy.encode()
    assert killed["weights"] == whole["weights"]
    assert (killed["known"], one.record) == (False, other.record)
