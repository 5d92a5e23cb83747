"""Some days are asked for: rebuilt are they, the books they need, and what hangs on them."""

from typing import Any

import pytest

from karat.lake.layout import Partition

pytestmark = pytest.mark.e2e


def day(n: int) -> Partition:
    return Partition("sim-usdm-aaa", f"2024-03-{n + 1:02}")


@pytest.fixture
def captured(bare_place: Any) -> Any:
    """Return a workplace with eight captured days, of which day 5 has no snapshot."""
    bare_place.ingest(*[day(n) for n in range(8)])
    return bare_place


def test_a_day_with_a_snapshot_is_rebuilt_alone(captured: Any) -> None:
    assert captured.rebuild(day(2)).rebuilt == (day(2),)


def test_a_day_without_one_brings_the_day_whose_book_it_needs(captured: Any) -> None:
    assert captured.rebuild(day(5)).rebuilt == (day(4), day(5))


def test_a_day_brings_the_day_that_hangs_on_its_book_and_no_further(captured: Any) -> None:
    assert captured.rebuild(day(4)).rebuilt == (day(4), day(5))


def test_a_built_day_is_not_built_again_for_its_book(captured: Any) -> None:
    captured.rebuild(day(3), day(4))
    assert captured.rebuild(day(5)).rebuilt == (day(5),)


def test_days_built_one_by_one_are_those_built_at_once(captured: Any) -> None:
    apart = [captured.rebuild(day(n)) for n in (6, 5, 0)]
    assert [len(batch.rebuilt) for batch in apart] == [1, 2, 1]
    whole = captured.rebuild()
    assert set(whole.rebuilt) | set(whole.unchanged) == {day(n) for n in range(8)}
    for batch in apart:
        assert batch.branch is not None
        validation = captured.validate(batch.branch)
        again = captured.validate(whole.branch)
        for partition, verdict in validation.verdicts.items():
            assert again.verdicts[partition].inputs.content == verdict.inputs.content
