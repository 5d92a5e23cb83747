"""What golden days suggest: a contract that loads, keeps them, and is no tighter than they are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract, parse_contract
from karat.contracts.drafting import Draft, DraftColumn, DraftDistance, drafted, unit_of
from karat.errors import InputError
from karat.flow.own_days import day_files, judge_days
from karat.flow.profiling import FIRST_DAY, profile, tolerance, with_tolerances
from karat.golden import manifest_of
from karat.verdicts import Outcome

ROWS = 2_000


def day(seed: int, **more: Any) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "id": np.arange(ROWS) * 2 + 10**7 * seed,
            "time_ns": rng.integers(0, 2 * 10**9, ROWS).cumsum() + seed * 10**13,
            "size": rng.geometric(0.05 + 0.005 * seed, ROWS),
            "change": rng.integers(-50, 51, ROWS),
            "level": pa.array(rng.integers(0, 9, ROWS), mask=rng.random(ROWS) < 0.1),
            "flat": np.full(ROWS, 7),
            "rate": rng.normal(size=ROWS),
            "word": pa.array(["a"] * ROWS),
        }
        | more
    )


@pytest.fixture
def days(tmp_path: Path) -> Path:
    for seed in range(1, 5):
        pq.write_table(day(seed), tmp_path / f"2024-03-0{seed}.parquet")
    return tmp_path


def suggested(folder: Path) -> Contract:
    draft = profile(sorted(folder.glob("*.parquet")), "mine")
    return parse_contract(drafted(with_tolerances(draft, folder)), "the draft")


def test_the_rules_are_those_of_the_days(days: Path) -> None:
    contract = suggested(days)
    rules = {rule.name: rule.severity for rule in contract.invariants}
    assert rules["size is above 0"] == "gate"
    assert rules["level is at least 0"] == "gate"
    assert rules["change is at least -50"] == rules["change is at most 50"] == "warn"
    assert [rule.name for rule in contract.ordering] == [
        "id is rising", f"time_ns is {contract.ordering[1].order.replace('_', ' ')}"]  # fmt: skip
    assert contract.locator == "id"
    assert contract.columns["level"].nullable
    assert contract.columns["time_ns"].unit == "ns"
    assert str(contract.first_day) == "2024-03-01"
    assert contract.unpaired is not None
    measured = {rule.column: rule.of for rule in contract.unpaired.distances}
    assert measured == {
        "id": "change", "time_ns": "change", "size": "value", "change": "value",
        "level": "value", "rate": "value",
    }  # fmt: skip


def test_the_days_themselves_keep_them(days: Path) -> None:
    contract = suggested(days)
    done = judge_days(contract, day_files(days, contract), [])
    for verdict in done.verdicts.values():
        assert verdict.outcome is Outcome.PASS
        assert all(f.outcome is Outcome.PASS for f in verdict.findings if f.family == "invariants"
                   and f.role == "warn")  # fmt: skip


def test_a_tolerance_is_no_tighter_than_golden_days(days: Path) -> None:
    contract = suggested(days)
    manifest = manifest_of(contract, day_files(days, contract), [])
    assert contract.unpaired is not None
    for rule in contract.unpaired.distances:
        largest = max(manifest.usable(contract)[rule.name].left_out)
        if rule.column == "id":
            assert (rule.tolerance, largest) == (None, Fraction(0)), "each step is 2"
            continue
        assert rule.tolerance is not None
        assert Fraction(rule.tolerance) >= min(Fraction(3, 2) * largest, Fraction(99, 100))
        assert Fraction(rule.tolerance) <= max(2 * largest, Fraction(1, 100))


@given(st.fractions(0, 1))
def test_a_tolerance_is_rounded_up_by_a_tenth_at_most(largest: Fraction) -> None:
    wanted, found = largest * Fraction(3, 2), Fraction(tolerance(largest))
    assert found >= min(wanted, Fraction(99, 100))
    assert found <= max(wanted * Fraction(11, 10), Fraction(1, 100))
    assert 0 < found < 1


@given(st.text(min_size=1, max_size=12), st.integers(-(2**60), 2**60))
def test_a_draft_loads_whatever_its_columns_are_called(name: str, number: int) -> None:
    draft = Draft(
        "mine", FIRST_DAY, [DraftColumn(name, "int64", nullable=True)], name,
        [(name, ">=", number, "warn")], [(name, "rising")], [DraftDistance(name, "change", "0.1")],
        left_out=[name + "x"], clock=name,
    )  # fmt: skip
    contract = parse_contract(drafted(draft), "the draft")
    assert list(contract.columns) == [name]
    assert contract.invariants[0].right == number


def test_a_profile_as_a_gate_passes_a_healthy_day(days: Path) -> None:
    """Ids that rise by one amount are worth an unknown number of rows: no tolerance is asked."""
    contract = suggested(days)
    values = contract.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    values["families"]["unpaired"] = "gate"
    values["unpaired"]["alpha"] = "1/3"
    for rule in values["unpaired"]["distances"]:
        if "tolerance" in rule:
            rule["tolerance"] = "0.9"
    gated = Contract.model_validate(values)
    golden, own = days / "golden", days / "own"
    golden.mkdir()
    own.mkdir()
    for seed in range(10, 24):
        size = np.random.default_rng(seed).geometric(0.06, ROWS)
        pq.write_table(day(seed, size=size), golden / f"{seed}.parquet")
    slow = day(24, size=np.random.default_rng(24).geometric(0.06, ROWS))
    pq.write_table(slow, own / "24.parquet")
    lost = slow.filter(np.arange(ROWS) % 50 > 0)
    pq.write_table(lost, own / "lost.parquet")
    done = judge_days(gated, day_files(own, gated), day_files(golden, gated, "golden/"))
    steps = {
        name: next(f for f in verdict.findings if f.name == "change of id")
        for name, verdict in done.verdicts.items()
    }
    assert {name: step.outcome for name, step in steps.items()} == {
        "24": Outcome.PASS,
        "lost": Outcome.FAIL,
    }


@pytest.mark.parametrize("name", ["side", "best_bid", "grid", "resized"])
def test_a_unit_is_guessed_by_whole_words(name: str) -> None:
    assert unit_of(name) == "say what it counts"
    assert (unit_of(f"{name}_id"), unit_of(f"size_{name}")) == ("id", "size")


def test_days_that_do_not_vary_suggest_no_distances(tmp_path: Path) -> None:
    """One row shows no distribution; the contract is one all the same, and the row keeps it."""
    pq.write_table(day(1).slice(0, 1), tmp_path / "2024-03-01.parquet")
    contract = suggested(tmp_path)
    assert (contract.unpaired, contract.families) == (None, {"invariants": "gate"})
    done = judge_days(contract, day_files(tmp_path, contract), [])
    assert done.verdicts["2024-03-01"].outcome is Outcome.PASS
    pq.write_table(day(1).slice(0, 0), tmp_path / "2024-03-01.parquet")
    with pytest.raises(InputError, match=r"2024-03-01\.parquet: there are no rows"):
        suggested(tmp_path)


def test_two_days_are_too_few_for_tolerances(days: Path) -> None:
    for file in sorted(days.glob("*.parquet"))[2:]:
        file.unlink()
    contract = suggested(days)
    assert contract.unpaired is not None
    assert {rule.tolerance for rule in contract.unpaired.distances} == {None}


def test_what_is_no_folder_of_days_is_refused(days: Path) -> None:
    files = sorted(days.glob("*.parquet"))
    with pytest.raises(InputError, match="no Parquet files"):
        profile([], "mine")
    pq.write_table(day(9, odd=np.arange(ROWS)), files[2])
    with pytest.raises(InputError, match=r"2024-03-03\.parquet has other columns"):
        profile(files, "mine")
    files[0].write_bytes(b"no Parquet")
    with pytest.raises(InputError, match=r"2024-03-01\.parquet: not a readable Parquet file"):
        profile(files, "mine")
    pq.write_table(pa.table({"rate": [0.5]}), files[0])
    with pytest.raises(InputError, match="no column of whole numbers"):
        profile(files[:1], "mine")


def test_the_command_prints_a_contract(days: Path, karat: Any) -> None:
    answer = karat("profile", days, "--dataset", "mine")
    assert answer.code == 0
    assert parse_contract(answer.out, "printed").digest == suggested(days).digest
    assert answer.out.startswith("# What each day of mine must keep")
    one = karat("profile", days / "2024-03-01.parquet", "--json").json["contract"]
    assert parse_contract(one, "printed").dataset == "events"
    assert "tolerance:" not in one
    empty = days / "empty"
    empty.mkdir()
    assert karat("profile", empty).code == 2
    assert karat("profile", days, "--dataset", "Not One").code == 2
