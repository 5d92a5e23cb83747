"""Ranges of partitions as one: what validate says of the same ones, from few states."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.partitions import CALIBRATION, LEAN, REFERENCE, Many, days, lean, lean_table
from karat.errors import InputError
from karat.flow import validate
from karat.flow.ranges import Range, merged_range
from karat.lake.layout import Partition
from karat.store import DiskStore, MemoryStore

ROWS = 60
NAMES = ("v-m-a", "v-m-b")
DAYS = {name: days(80, name) for name in NAMES}
NUMBERS = {one: 1_000 * at + n for at, name in enumerate(NAMES) for n, one in enumerate(DAYS[name])}


class Counted(DiskStore):
    """A store that counts what is asked of it."""

    asked = 0

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        self.asked += len(keys)
        return super().get_many(keys)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Many:
    many = Many(tmp_path_factory.mktemp("many"), lean(width_ns=ROWS * 10**4))
    many.adopt([lean_table(9_000 + n, ROWS) for n in range(REFERENCE + CALIBRATION)])
    many.put((one, lean_table(number, ROWS)) for one, number in NUMBERS.items())
    many.validate()
    return many


def asked_of(many: Many, **how: str | list[str]) -> tuple[Range, int]:
    """Return a range, and how many entries of the store were asked for beside contents' names."""
    store = Counted(many.home / "store")
    found = merged_range(many.lake(), many.contract, store=store, **how)  # type: ignore[arg-type]
    return found, store.asked - len(found.partitions)


def of(names: Collection[str], first: str, last: str) -> list[Partition]:
    return [one for name in names for one in DAYS[name] if first <= one.date <= last]


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2024-01-05", "2024-01-20", NAMES),
        ("2024-01-09", "2024-03-10", NAMES),
        ("2024-02-01", "2024-02-29", NAMES[:1]),
        ("2024-01-31", "2024-01-31", NAMES[1:]),
    ],
)
def test_a_range_is_as_far_from_golden_as_all_its_rows(
    many: Many, first: str, last: str, names: tuple[str, ...]
) -> None:
    found, _ = asked_of(many, first=first, last=last, instruments=list(names))
    expected = of(names, first, last)
    assert list(found.partitions) == expected
    assert found.rows == ROWS * len(expected)
    told = validate(many.lake(), many.contract, partitions=expected, store=MemoryStore())
    assert (found.root, dict(found.distances)) == (told.root, told.merged)
    rows = np.concatenate([lean_table(NUMBERS[one], ROWS)["value"] for one in expected])
    golden = np.concatenate([lean_table(9_000 + n, ROWS)["value"] for n in range(REFERENCE)])
    low, high = found.distances["value"]
    assert low - 1e-12 <= ks_2samp(rows, golden, method="asymp").statistic <= high + 1e-12


def test_no_bounds_are_all_partitions_and_one_state_of_the_store(many: Many) -> None:
    found, asked = asked_of(many)
    assert len(found.partitions) == 160
    assert asked == 1, "the root's"
    assert found.root == many.validate().root


def test_whole_months_and_tens_are_not_entered(many: Many) -> None:
    how = {"first": "2024-01-09", "last": "2024-03-11"}
    found, asked = asked_of(many, **how)
    assert len(found.partitions) == 2 * 63
    assert asked < 40
    assert asked_of(many, **how)[1] == 1, "kept"
    assert asked_of(many, first="2024-02-01", last="2024-02-29", instruments=[NAMES[0]])[1] <= 3


def test_nothing_in_it_is_nothing(many: Many) -> None:
    for how in ({"first": "2031-01-01"}, {"first": "2024-02-02", "last": "2024-02-01"}):
        found, _ = asked_of(many, **how)
        assert (found.partitions, found.rows, dict(found.distances)) == ((), 0, {})
    assert asked_of(many, instruments=[])[0].partitions == ()


@pytest.mark.parametrize("day", ["", "yesterday", "2024-02-30"])
def test_a_day_that_is_none_is_refused(many: Many, day: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        asked_of(many, last=day)


def test_the_command_tells_the_same(many: Many, karat: Callable[..., Any]) -> None:
    contract = many.home / "contract.yaml"
    contract.write_text(LEAN.format(tolerance="0.2", allowance=0, width=ROWS * 10**4))
    where = "--home", many.home, "--contract", contract
    found, _ = asked_of(many, first="2024-01-05", last="2024-01-20", instruments=[NAMES[0]])
    words = "range", NAMES[0], "--from", "2024-01-05", "--to", "2024-01-20", *where
    body = karat(*words, "--json").json
    assert (body["root"], body["rows"], len(body["partitions"])) == (found.root, 16 * ROWS, 16)
    assert body["distances"]["value"] == [float(one) for one in found.distances["value"]]
    shown = karat(*words)
    assert (shown.code, "16 partitions, 960 rows" in shown.out) == (0, True)
    assert f"{float(found.distances['value'][1]):.4f}" in shown.out
    none = karat("range", "--from", "2031-01-01", *where)
    assert (none.code, "no partition lies" in none.out) == (3, True)
    assert karat("range", "--from", "soon", *where).code == 2


def test_files_are_not_needed_where_states_are_kept(many: Many, tmp_path: Path) -> None:
    assert not list(tmp_path.iterdir())
    many.remove_files()
    found, _ = asked_of(many, first="2024-01-15", last="2024-02-15")
    assert (len(found.partitions), found.rows) == (64, 64 * ROWS)
