"""The real Bitstamp capture of single orders: one order that stays for ever fails the rebuild."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from karat import load_contract, open_lake
from karat.contracts import Contract
from karat.flow import Capture, ingest, rebuild_partitions, validate
from karat.lake.layout import Partition, dataset_path
from karat.messages import reader_of
from karat.messages.capture_file import capture_table
from karat.store import MemoryStore
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.lineage import reference
from karat.verdicts.worst_rows import worst_rows

pytestmark = pytest.mark.e2e

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "bitstamp_l3.yaml")
DAY = Partition("bitstamp-spot-btcusd", "2015-05-01")
GHOST = 65_610_664
RETURNS = 34_759
"""Row of the capture with a change of the order above, which was deleted two rows before."""
BEST = ("best_bid_ticks", "best_bid_lots", "best_ask_ticks", "best_ask_lots")


@dataclass(frozen=True)
class Judged:
    verdict: Verdict
    table: pa.Table
    begins_ns: int
    golden: tuple[np.ndarray, ...]

    def finding(self, name: str) -> Finding:
        return next(f for f in self.verdict.findings if f.name == name)

    def seconds(self, update_id: int) -> float:
        return (update_id - self.begins_ns) / 1e9


def judged(raw: Path, golden: Path, contract: Contract = CONTRACT) -> Judged:
    lake, store = open_lake("memory:"), MemoryStore()
    ingest(lake, [Capture(raw, DAY, "raw"), Capture(golden, DAY, "golden")])
    branch = rebuild_partitions(lake, contract, store=store).branch
    assert branch is not None
    verdict = validate(lake, contract, branch, store=store).verdicts[DAY]
    path = dataset_path(contract.dataset, DAY.instrument, DAY.date)
    table = pq.read_table(lake.local_path(lake.head(branch), path))
    reader, instrument = reader_of(DAY.instrument), reference(lake, lake.head("main"), DAY)
    quotes = reader.quotes(capture_table(golden, reader.golden_columns, "g"), instrument, "g")
    begins = int(table["receive_time_ns"][0].as_py())
    return Judged(verdict, table, begins, tuple(quotes))


@pytest.fixture(scope="module")
def golden(captures: Path) -> Path:
    path = captures / "bitstamp" / "btcusd_20150501_golden_book_top20.parquet"
    if not path.exists():
        pytest.skip(f"no Bitstamp capture: {path} is missing")
    return path


@pytest.fixture(scope="module")
def raw(golden: Path) -> Path:
    return golden.with_name("btcusd_20150501_raw.parquet")


@pytest.fixture(scope="module")
def whole(raw: Path, golden: Path) -> Judged:
    return judged(raw, golden)


def quarters(one: Judged) -> dict[str, list[float]]:
    """Return by field the share of golden quotes we agree with, per quarter of the capture."""
    deltas = one.table.filter(pc.equal(one.table["kind"], 2))
    at = np.searchsorted(deltas["sequence"].to_numpy(), one.golden[0], side="right") - 1
    found = {}
    for name, theirs in zip(BEST, one.golden[1:], strict=True):
        ours = deltas[name].fill_null(0).to_numpy()[at]
        parts = np.array_split((ours == theirs) & (at >= 0), 4)
        found[name] = [round(float(part.mean()), 2) for part in parts]
    return found


def test_the_shares_are_those_measured_on_the_capture(whole: Judged) -> None:
    shares = quarters(whole)
    assert shares["best_bid_ticks"] == [0.96, 1.0, 0.5, 0.0]
    assert shares["best_ask_ticks"] == [1.0, 1.0, 1.0, 1.0]


def test_the_rebuild_fails_and_names_the_best_bid_alone(whole: Judged) -> None:
    assert whole.verdict.outcome is Outcome.FAIL
    census = whole.finding("census")
    assert census.outcome is Outcome.FAIL
    assert "rebuild suspect" in census.reason
    assert "best_bid_ticks 23899, golden 23582" in census.reason
    assert "best_ask" not in census.reason
    shares = {name: float(census.numbers[f"match {name}"]) for name in BEST}
    assert shares["best_bid_ticks"] < 0.62
    assert min(shares["best_ask_ticks"], shares["best_ask_lots"]) > 0.999


def test_it_fails_from_one_moment_on_to_the_end(whole: Judged) -> None:
    numbers = whole.finding("census").numbers
    assert numbers["longest_mismatch_run"] == 1_882
    begins = int(numbers["longest_mismatch_from"])
    assert 10_286 < whole.seconds(begins) < 10_288
    assert (whole.golden[0] >= begins).sum() == 1_882  # none of them right, to the last


def test_the_order_is_among_the_worst_rows(whole: Judged) -> None:
    worst = worst_rows(CONTRACT, whole.verdict.findings, whole.table)
    last = worst.filter(pc.equal(worst["finding"], "census")).to_pylist()[-1]
    assert (last["best_bid_order"], last["best_bid_ticks"]) == (GHOST, 23899)
    assert last["best_bid_lots"] == 2_2341_4920
    assert 10_286 < whole.seconds(last["sequence"]) < 10_288
    assert set(worst["finding"].to_pylist()) == {"census", "book is not crossed"}


def test_without_the_one_message_everything_passes(
    raw: Path, golden: Path, tmp_path: Path, whole: Judged
) -> None:
    rows = pq.read_table(raw)
    told = rows.slice(RETURNS - 1, 1).to_pylist()[0]
    assert (told["event"], f'"id": {GHOST}' in told["payload"]) == ("order_changed", True)
    other = {"event": "order_book", "payload": "{}"}
    columns = [
        pa.chunked_array([rows[name].slice(0, RETURNS - 1).cast(kind).combine_chunks(),
                          pa.array([other.get(name, told[name])], kind),
                          rows[name].slice(RETURNS).cast(kind).combine_chunks()])
        for name, kind in (("recv_ts_ms", pa.int64()), ("event", pa.string()),
                           ("payload", pa.string()))
    ]  # fmt: skip
    names = ["recv_ts_ms", "event", "payload"]
    pq.write_table(pa.table(columns, names=names), tmp_path / "raw.parquet")
    healed = judged(tmp_path / "raw.parquet", golden)
    assert healed.verdict.outcome is Outcome.PASS
    assert {f.outcome for f in healed.verdict.findings} == {Outcome.PASS}
    assert float(healed.finding("census").numbers["match best_bid_ticks"]) > 0.989
    unknown = healed.finding("deltas name known orders").numbers
    assert (unknown["violations"], unknown["allowance"]) == (205, 250)
    assert len(worst_rows(CONTRACT, healed.verdict.findings, healed.table)) == 0
    assert len(healed.table) == len(whole.table) - 1
