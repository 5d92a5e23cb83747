"""What is told of distances in golden's cells beside their numbers: stretches, splits, pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from karat import load_contract, open_lake
from karat.contracts import CELL_KINDS, Contract
from karat.flow.pictures import finding_picture, on_trial_at, split_of
from karat.golden import manifest_of
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore
from karat.verdicts.worst_chunk import worst_chunk
from tests.unit.test_cell_kinds import rules
from tests.unit.test_golden import contract, samples

HOUR = 3600 * 10**9


@pytest.mark.parametrize("kind", CELL_KINDS)
def test_the_stretch_with_the_fault_is_named_by_every_kind(kind: str) -> None:
    asked = contract(rules(cells=None))
    one = manifest_of(asked, samples(0, 2), []).usable(asked)[kind]
    assert one.cells is not None
    rng = np.random.default_rng(7)
    time = np.sort(rng.integers(0, 24 * HOUR, 7200))
    values = np.repeat(one.cells.points, one.cells.golden[1::2])[
        rng.integers(0, one.cells.rows, 7200)
    ]
    values[time // HOUR == 5] = one.cells.points.max() + 50
    found = worst_chunk(one, pa.table({"x": values, "time": time}), "time")
    assert found is not None
    assert found.start_ns // HOUR == 5


def as_kind(asked: Contract, name: str, kind: str) -> Contract:
    """Return the contract with another kind for one distance."""
    body: dict[str, Any] = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for rule in body["unpaired"]["distances"]:
        if rule["name"] == name:
            rule["kind"] = kind
            rule.pop("tolerance", None)
    return Contract.model_validate(body)


def test_only_ks_splits_into_scale_and_shape(adopted: Callable[..., Any], tmp_path: Path) -> None:
    assert adopted("golden", "ls").code == 0
    home, store = tmp_path / "home", MemoryStore()
    lake, written = open_lake(home / "lake"), load_contract(home / "contract.yaml")
    case = on_trial_at(lake, written, MAIN, Partition("sim-usdm-abc", "2024-01-05"), store=store)
    assert case.golden is not None
    assert split_of(written, case, "spread", store)
    for kind in ("kuiper", "psi"):
        asked = as_kind(written, "spread", kind)
        held = {
            stratum: {n: replace(one, rule=rule) for n, one in days.items()
                      for rule in asked.unpaired.distances if rule.name == n}
            for stratum, days in case.golden.strata.items()
        } if asked.unpaired else {}  # fmt: skip
        other = replace(case, golden=replace(case.golden, strata=held))
        assert split_of(asked, other, "spread", store) == ""
        assert finding_picture(asked, other, "spread", store) is None
