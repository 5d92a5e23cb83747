"""The bench of training beside validation: a validator that works, stops, and is ended."""

import signal
import time
from pathlib import Path

import pytest

from benchmarks import bench_beside, beside
from benchmarks.bench_beside import overhead, validator


def worked_s(process: int) -> float:
    """Return the processor seconds of a process, as the kernel counts them."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_the_validator_works_until_it_is_stopped_and_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "ROWS", 5000)
    file = beside.made(tmp_path)
    with validator(file, "does not") as process:
        begun = worked_s(process.pid)
        while worked_s(process.pid) - begun < 0.1:
            time.sleep(0.01)
        assert overhead(lambda: time.sleep(0.0001), process, pairs=1, batches=5) > -1
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        still = worked_s(process.pid)
        time.sleep(0.1)
        assert worked_s(process.pid) == still
    assert process.poll() == -signal.SIGKILL


def test_a_validator_that_cannot_begin_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="ended before it began"),
        validator(tmp_path / "absent.parquet", "does not"),
    ):
        pytest.fail("nothing is yielded")


def test_overhead_is_that_of_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes twice as long while the process goes on."""
    monkeypatch.setattr(bench_beside, "SETTLE_S", 0.0)

    class Process:
        going = True

        def send_signal(self, number: int) -> None:
            self.going = number == signal.SIGCONT

    process = Process()

    def step() -> None:
        end = time.perf_counter() + (0.004 if process.going else 0.002)
        while time.perf_counter() < end:
            pass

    found = overhead(step, process, pairs=7, batches=4)  # type: ignore[arg-type] # all it is asked
    assert 0.3 < found < 3
