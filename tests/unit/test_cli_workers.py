"""How many at once: options, the environment, and neither."""

import pytest

from karat.cli.settings import Settings
from karat.cli.workers import compute_of
from karat.compute import Compute, Processes, Serial, Threads
from karat.errors import InputError


@pytest.mark.parametrize(
    ("threads", "processes", "said", "how"),
    [
        (None, None, "", Serial()),
        (1, None, "", Serial()),
        (3, None, "", Threads(3)),
        (None, 1, "", Processes(1)),
        (None, 3, "", Processes(3)),
        (None, None, "2", Processes(2)),
        (None, None, "0", Serial()),
        (None, 3, "2", Processes(3)),
        (3, None, "2", Threads(3)),
        (1, None, "2", Serial()),
    ],
)
def test_options_come_before_the_environment(
    threads: int | None,
    processes: int | None,
    said: str,
    how: Compute,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KARAT_PROCESSES", said)
    assert compute_of(threads, processes) == how


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="give one"):
        compute_of(2, 2)


@pytest.mark.parametrize("said", ["two", "-1", "1.5", "²"])
def test_a_number_that_is_none_is_told(said: str) -> None:
    with pytest.raises(InputError, match="KARAT_PROCESSES is"):
        Settings.from_environment({"KARAT_PROCESSES": said})
