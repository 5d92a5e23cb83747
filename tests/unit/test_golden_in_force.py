"""Golden days of an open lake: read once, asked for each time, believed as long as their signer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.partitions import Many, lean, lean_table
from karat.errors import UntrustedError
from karat.flow.golden_in_force import golden_in_force
from karat.flow.ways import WAYS, way_of
from karat.lake.layout import MAIN
from karat.signing import KeyFiles
from karat.verdicts import current_golden


def adopted(many: Many, number: int) -> str:
    """Adopt other golden days, as another process would, and return their name."""
    return many.adopt([lean_table(100 * number + n, 200) for n in range(22)]).digest


def test_it_is_read_once_and_another_is_seen_when_it_is_adopted(tmp_path: Path) -> None:
    many = Many(tmp_path, lean())
    lake, dataset = many.lake(), many.contract.dataset
    assert golden_in_force(lake, lake.head(MAIN), dataset) is None
    first = adopted(many, 1)
    before = lake.head(MAIN)
    held = golden_in_force(lake, before, dataset)
    assert held is not None
    assert held.digest == first
    assert golden_in_force(lake, lake.head(MAIN), dataset) is held
    assert golden_in_force(lake, lake.head(MAIN), "another") is None
    second = adopted(many, 2)
    now = golden_in_force(lake, lake.head(MAIN), dataset)
    assert now == current_golden(lake, lake.head(MAIN), dataset)
    assert now is not None
    assert now.digest == second != first
    assert golden_in_force(lake, before, dataset) == held, "a commit keeps its own"


def test_it_counts_no_more_when_its_signer_is_revoked(tmp_path: Path) -> None:
    many = Many(tmp_path, lean())
    lake = many.lake()
    adopted(many, 1)
    assert golden_in_force(lake, lake.head(MAIN), many.contract.dataset)
    files = KeyFiles.below(many.home)
    old = files.signer().key_id
    files.rotate()
    files.revoke(old, "it was seen elsewhere")
    reopened = many.lake()
    with pytest.raises(UntrustedError, match="adopt it again"):
        golden_in_force(reopened, reopened.head(MAIN), many.contract.dataset)


def test_ways_are_told_apart_and_not_kept_for_ever(tmp_path: Path) -> None:
    many = Many(tmp_path, lean())
    tables = [lean_table(n, 200) for n in range(22)]
    manifest = many.adopt(tables)
    first, without = way_of(many.contract, manifest), way_of(many.contract, None)
    assert (first.golden, first.distances) == (manifest.digest, frozenset({"value"}))
    assert (without.golden, without.distances) == ("", frozenset())
    assert len(without.states) < len(first.states)
    assert first.shape == way_of(lean("0.3"), manifest).shape == without.shape
    for n in range(2 * WAYS):
        other = way_of(lean(width_ns=10**9 + 1 + n), None)
        assert other.golden == ""
        assert other.shape != first.shape
    assert way_of(many.contract, manifest) == first
