"""Names and shapes that others call: the promise of the public interface."""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import karat
import karat.dataset
import karat.distances
import karat.states
from karat.errors import DatasetRefused, InputError

pytestmark = pytest.mark.e2e

CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"


def test_what_karat_offers() -> None:
    assert {"open_lake", "load_contract", "validate", "dataset"} <= set(dir(karat))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = karat.nothing
    parameters = inspect.signature(karat.validate).parameters
    assert list(parameters)[:4] == ["lake", "contract", "ref", "partitions"]
    assert {"store", "compute"} <= set(parameters)
    assert parameters["partitions"].default is parameters["store"].default is None


@pytest.mark.parametrize("url", ["memory:", "file://{}/lake"])
def test_an_empty_lake_is_inconclusive(url: str, tmp_path: Path) -> None:
    lake, contract = karat.open_lake(url.format(tmp_path)), karat.load_contract(CONTRACT)
    result = karat.validate(lake, contract, ref="main", partitions=None, store=None, compute=None)
    assert (result.outcome, result.verdicts) == ("INCONCLUSIVE", {})
    assert json.loads(result.to_json())["outcome"] == "INCONCLUSIVE"
    with pytest.raises(DatasetRefused, match="have none"):
        karat.dataset.open(lake, "demo@1.0.0")
    with pytest.raises(InputError, match="name@version"):
        karat.dataset.open(lake, "demo")


def test_validate_tells_everything(place: Any) -> None:
    result = karat.validate(place.lake, place.contract)
    body = json.loads(result.to_json(), parse_constant=pytest.fail)
    assert set(body["verdicts"]) == set(map(str, result.verdicts))
    assert {one["outcome"] for one in body["verdicts"].values()} == {"PASS"}
    assert body["cached"] == len(body["verdicts"]) == 10
    one = next(iter(result.verdicts))
    (only,) = karat.validate(place.lake, place.contract, partitions=[one]).verdicts
    assert only == one


def test_a_dataset_is_read_as_arrow(place: Any) -> None:
    opened = karat.dataset.open(place.lake, "demo@1.0.0")
    batches = list(opened.batches(["sequence", "kind"], rows=1000))
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    assert {tuple(batch.schema.names) for batch in batches} == {("sequence", "kind")}
    assert max(batch.num_rows for batch in batches) <= 1000


@pytest.mark.parametrize("cells", [4096, None])
def test_reference_counts_and_ks(cells: int | None) -> None:
    golden = np.arange(1000)
    stat = karat.states.ReferenceCounts.from_golden(golden, cells=cells)
    a, b = stat.observe(golden[:400]), stat.observe(golden[400:])
    whole = stat.merge(a, stat.merge(b, stat.empty()))
    distance = karat.distances.ks(stat, whole)
    assert (distance.value, distance.low, distance.high, distance.exact) == (0, 0, 0, True)
    assert distance.exceeds(0) is False
    left = karat.distances.ks(stat, stat.subtract(whole, b))
    assert (left.value, left.exceeds(0.5), left.exceeds("0.6")) == (0.6, True, False)
    assert stat.decode(stat.encode(whole)) == whole
