"""The five real captures through the whole flow: ingested, rebuilt, judged, published, cut."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from karat import load_contract, open_lake
from karat.contracts import Contract
from karat.dataset import cut
from karat.flow import Capture, captures_in, ingest, publish, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.store import DiskStore, MemoryStore
from karat.verdicts import Finding, Outcome, Verdict, links

pytestmark = pytest.mark.e2e

CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
COMPARED = {
    "binance-usdm-btcusdt/2024-08-08": 6_545,
    "binance-coinm-btcusd_perp/2024-08-08": 26_822,
    "binance-coinm-btcusd_perp/2024-08-09": 17_943,
    "binance-spot-btcusdt/2024-08-08": 3_448,
    "binance-spot-btcusdt/2024-08-09": 3_042,
}
SPOT = "binance-spot-btcusdt"
FIRST, SECOND = Partition(SPOT, "2024-08-08"), Partition(SPOT, "2024-08-09")
STALE = 2


@dataclass(frozen=True)
class Proved:
    lake: Lake
    store: DiskStore
    contract: Contract
    branch: str
    verdicts: Mapping[Partition, Verdict]


@pytest.fixture(scope="module")
def proved(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Proved:
    home, contract = tmp_path_factory.mktemp("captures"), load_contract(CONTRACT)
    lake, store = open_lake(f"file://{home / 'lake'}"), DiskStore(home / "store")
    files = captures_in([captures / "binance"])
    assert {done.status for done in ingest(lake, files)} == {"new"}
    assert {done.status for done in ingest(lake, files)} == {"same"}
    branch = rebuild_partitions(lake, contract, store=store).branch
    assert branch is not None
    verdicts = validate(lake, contract, branch, store=store).verdicts
    return Proved(lake, store, contract, branch, verdicts)


def finding(verdict: Verdict, family: str) -> Finding:
    return next(f for f in verdict.findings if f.family == family)


def test_everything_is_compared_and_passes(proved: Proved) -> None:
    assert set(map(str, proved.verdicts)) == set(COMPARED)
    for partition, verdict in proved.verdicts.items():
        numbers = finding(verdict, "paired").numbers
        assert abs(int(numbers["compared"]) - COMPARED[str(partition)]) <= 1
        wrong = int(numbers["compared"]) - int(numbers["all_equal"])
        assert wrong == (2 if partition == SECOND else 0)
        assert numbers["rebuild_suspect"] == 0
        assert verdict.outcome is Outcome.PASS


def test_the_golden_gaps_are_named_golden_suspect(proved: Proved, captures: Path) -> None:
    paired = finding(proved.verdicts[SECOND], "paired")
    assert paired.numbers["golden_suspect"] == 2
    assert "golden suspect in 2, first at update id 50093478174" in paired.reason
    golden = pq.read_table(
        captures / "binance" / "spot_btcusdt_20240809_golden_bbo.parquet",
        columns=["line", "update_id"],
    )
    ids = golden["update_id"].to_numpy()
    met = golden["line"].to_numpy()[np.searchsorted(ids, 50093478174, "right") - 1]
    assert abs(int(met) - 12_880) < 60  # the first of the two places that DATA.md names


def test_history_is_too_short_to_judge_by_and_only_warns(proved: Proved) -> None:
    for verdict in proved.verdicts.values():
        unpaired = finding(verdict, "unpaired")
        assert (unpaired.role, unpaired.outcome) == ("warn", Outcome.INCONCLUSIVE)
        assert "0 of 19 calibration days" in unpaired.reason


@pytest.mark.parametrize("instrument", [SPOT, "binance-coinm-btcusd_perp"])
def test_the_second_day_opens_as_the_first_closed(proved: Proved, instrument: str) -> None:
    first, second = links(proved.lake, "main", "book_events", instrument)
    assert first.build
    assert second.build
    assert first.build.opening == "reset"
    assert second.build.opening == first.build.closing


def test_what_passed_is_published_and_cut(proved: Proved) -> None:
    published = publish(proved.lake, proved.contract, proved.branch, store=proved.store)
    assert (len(published.published), published.refused) == (5, {})
    again = validate(proved.lake, proved.contract, store=proved.store)
    assert (again.cached, again.bytes_read, again.outcome) == (5, 0, Outcome.PASS)
    manifest = cut(proved.lake, proved.contract, "captures", store=proved.store)
    assert (manifest.version, len(manifest.entries)) == ("1.0.0", 5)
    assert rebuild_partitions(proved.lake, proved.contract, store=proved.store).branch is None


@pytest.fixture(scope="module")
def spot(captures: Path) -> tuple[Any, list[tuple[int, int, int]]]:
    """Return the first spot day, and row, first and last id of its first 501 deltas."""
    raw = pq.read_table(captures / "binance" / "spot_btcusdt_20240808_raw.parquet").slice(0, 9000)
    rows = [n for n, stream in enumerate(raw["stream"].to_pylist()) if stream == "depth"][:501]
    data = [json.loads(raw["payload"][n].as_py())["data"] for n in rows]
    return raw, [(n, one["U"], one["u"]) for n, one in zip(rows, data, strict=True)]


@pytest.fixture
def judged_without(spot: Any, captures: Path, tmp_path: Path) -> Any:
    """Return a function that judges the head of the first spot day without one raw row."""
    contract = load_contract(CONTRACT)
    loose = contract.model_dump(by_alias=True, mode="json")
    loose["paired"]["min_compared"] = 300  # the head is short
    contract = Contract.model_validate(loose)
    golden = captures / "binance" / "spot_btcusdt_20240808_golden_bbo.parquet"

    def judge(row: int | None) -> Verdict:
        raw, _ = spot
        kept = np.delete(np.arange(raw.num_rows), [] if row is None else [row])
        path = tmp_path / "spot_btcusdt_20240808_raw.parquet"
        pq.write_table(raw.take(kept), path)
        lake, store = open_lake("memory:"), MemoryStore()
        ingest(lake, [Capture(path, FIRST, "raw"), Capture(golden, FIRST, "golden")])
        branch = rebuild_partitions(lake, contract, store=store).branch
        assert branch is not None
        return validate(lake, contract, branch, store=store).verdicts[FIRST]

    return judge


def test_any_lost_delta_fails_with_the_ids_it_had(spot: Any, judged_without: Any) -> None:
    known = spot[1]
    drawn = np.random.default_rng(20240808).choice(np.arange(STALE, 500), 20, replace=False)
    for n in drawn.tolist():
        row, first, last = known[n]
        verdict = judged_without(row)
        sequence = finding(verdict, "sequence")
        assert verdict.outcome is Outcome.FAIL
        assert sequence.outcome is Outcome.FAIL
        assert f"update ids {first} to {last}" in sequence.reason
        assert (sequence.numbers["first_missing"], sequence.numbers["last_missing"]) == (
            first,
            last,
        )


def test_a_lost_stale_delta_changes_nothing(spot: Any, judged_without: Any) -> None:
    whole = judged_without(None)
    for row, _, _ in spot[1][:STALE]:
        verdict = judged_without(row)
        assert verdict.outcome is whole.outcome is Outcome.PASS
        assert finding(verdict, "paired").numbers == finding(whole, "paired").numbers
