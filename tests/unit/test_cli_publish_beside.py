"""Days published without the one before them have a verdict beside what main has."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from karat.simulation import side_flip, simulate, write
from tests.unit.conftest import DAYS

Karat = Callable[..., Any]


def test_a_day_whose_day_before_was_refused_is_judged_alone_and_can_be_cut(
    karat: Karat, tmp_path: Path
) -> None:
    """It was judged beside the refused day, of which main has nothing."""
    made = list(simulate("sim-usdm-abc", DAYS, seed=7, messages_per_day=2000, without_snapshot=[]))
    made[0] = replace(made[0], raw=side_flip(made[0].raw, 0.05, 3).raw)
    write(tmp_path / "days", made)
    for words, code in (("ingest", tmp_path / "days"), 0), (("rebuild",), 0), (("validate",), 1):
        assert karat(*words).code == code
    answer = karat("publish", "--json")
    assert answer.code == 1
    assert list(answer.json["refused"]) == [f"sim-usdm-abc/{DAYS[0]}"]
    assert answer.json["published"] == [f"sim-usdm-abc/{DAYS[1]}"]
    cut = karat("dataset", "cut", "rest", "--partitions", f"sim-usdm-abc/{DAYS[1]}")
    assert cut.code == 0, cut
