"""Ctrl-C after any step of the database leaves no lock, no branch and nothing half-done."""

import sqlite3
from pathlib import Path

import pytest

from karat.lake import open_lake
from karat.lake.append import append
from karat.lake.testing.writing import paths

STEPS = 60


class Interrupted(sqlite3.Connection):
    """A connection on which Ctrl-C comes as soon as the step it counts down to is done."""

    left = 0

    def execute(self, *words: object) -> sqlite3.Cursor:
        done = super().execute(*words)  # type: ignore[arg-type]
        Interrupted.left -= 1
        if Interrupted.left == 0:
            raise KeyboardInterrupt
        return done


def test_an_interrupt_after_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *words, **more: real(*words, **more, factory=Interrupted),
    )
    lake = open_lake(tmp_path)
    interrupted = 0
    for step in range(1, STEPS):
        before = paths(lake, "main")
        Interrupted.left = step
        try:
            append(lake, "main", {f"f{step:02}/x": b"%d" % step}, message="more")
        except KeyboardInterrupt:
            interrupted += 1
        Interrupted.left = 0
        assert paths(lake, "main") in (before, [*before, f"f{step:02}/x"])
        assert not list(lake.branches("session-")), f"left behind at step {step}"
        other = real(tmp_path / "lake.db", timeout=0)
        other.execute("BEGIN IMMEDIATE").close()
        other.close()
    assert 20 < interrupted < STEPS - 1, "every step was tried, and one more"
    append(lake, "main", {"last": b"1"}, message="last")
