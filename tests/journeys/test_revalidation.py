"""Many partitions validated, all files but one removed from disk, that one replaced."""

import os
from dataclasses import replace
from pathlib import Path
from shutil import copy, copytree

import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.partitions import REFERENCE, Many, days, lean, lean_table
from karat.errors import KaratError
from karat.flow import Validation
from karat.lake.layout import Partition
from karat.verdicts import Outcome

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("many")]

COUNT, ROWS = (1_000, 100_000) if os.environ.get("KARAT_SOAK") else (60, 500)
GOLDEN = [lean_table(10**6 + n, ROWS) for n in range(22)]
DAYS = days(COUNT)
WIDTH = ROWS * 10**4
CHOSEN = DAYS[COUNT // 3]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Many:
    """Return a lake of days behind golden ones that nobody has judged yet."""
    place = Many(tmp_path_factory.mktemp("many"), lean(width_ns=WIDTH))
    place.adopt(GOLDEN)
    place.put((day, lean_table(n, ROWS)) for n, day in enumerate(DAYS))
    return place


@pytest.fixture
def many(made: Many, tmp_path: Path) -> Many:
    """Return a copy of it; the bytes of the days, which no one writes again, are linked."""

    def brought(source: str, target: str) -> None:
        (os.link if "/blobs/" in source else copy)(source, target)

    copytree(made.home, tmp_path / "copy", copy_function=brought)
    return replace(made, home=tmp_path / "copy")


def whole(tables: dict[Partition, int]) -> float:
    """Return scipy's distance of all rows together from all reference rows."""
    values = [lean_table(n, ROWS)["value"].to_numpy() for n in tables.values()]
    golden = [table["value"].to_numpy() for table in GOLDEN[:REFERENCE]]
    found = ks_2samp(np.concatenate(values), np.concatenate(golden), method="asymp")
    return float(found.statistic)


def holds(found: Validation, distance: float) -> bool:
    """Return whether the merged distance is this one, or certified to be about it."""
    low, high = found.merged["value"]
    return low - 1e-12 <= distance <= high + 1e-12 and high - low <= 1 / 4096


def test_one_replaced_is_judged_with_the_files_of_all_others_gone(many: Many) -> None:
    numbers = {day: n for n, day in enumerate(DAYS)}
    before = many.validate()
    assert before.cached == 0
    assert holds(before, whole(numbers))

    assert many.remove_files([CHOSEN]) == COUNT - 1
    size = many.put([(CHOSEN, lean_table(COUNT + 7, ROWS))])
    after = many.validate()
    assert after.cached == COUNT - 1
    assert 0 < after.bytes_read <= size
    assert after.root != before.root
    assert holds(after, whole(numbers | {CHOSEN: COUNT + 7}))
    changed = [day for day in DAYS if after.verdicts[day].key != before.verdicts[day].key]
    assert changed == [CHOSEN]


def test_a_fault_in_the_one_reaches_the_root(many: Many) -> None:
    sound = many.validate()
    many.remove_files()
    spoiled = lean_table(COUNT + 7, ROWS)
    column = spoiled["value"].to_numpy().copy()
    column[ROWS // 2] = -1
    many.put([(CHOSEN, spoiled.set_column(1, "value", [column]))])
    found = many.validate()
    assert found.verdicts[CHOSEN].outcome is Outcome.FAIL
    assert found.outcome is Outcome.FAIL
    others = [found.verdicts[day].outcome for day in DAYS if day != CHOSEN]
    assert others == [sound.verdicts[day].outcome for day in DAYS if day != CHOSEN]


def test_put_back_it_is_known_without_any_file(many: Many) -> None:
    before = many.validate()
    many.put([(CHOSEN, lean_table(COUNT + 7, ROWS))])
    many.validate()
    many.put([(CHOSEN, lean_table(COUNT // 3, ROWS))])
    many.remove_files()
    again = many.validate()
    assert (again.cached, again.bytes_read, again.root) == (COUNT, 0, before.root)
    assert again.merged == before.merged


def test_a_changed_threshold_judges_all_again_without_any_file(many: Many) -> None:
    before = many.validate()
    many.remove_files()
    strict = replace(many, contract=lean("0.000001", width_ns=WIDTH)).validate()
    assert (strict.cached, strict.bytes_read) == (0, 0)
    assert strict.merged == before.merged
    assert strict.outcome is Outcome.FAIL
    assert many.validate().cached == COUNT


def test_what_was_never_measured_needs_its_file(many: Many) -> None:
    """The files are gone indeed: a statistic that nobody asked for before cannot be had."""
    many.validate()
    many.remove_files()
    body = many.contract.model_dump(mode="json", by_alias=True)
    body["invariants"].append({"name": "new", "left": "time_ns", "op": ">=", "right": 0})
    with pytest.raises((KaratError, FileNotFoundError)):
        many.validate(type(many.contract).model_validate(body))
