"""The real Kraken capture: ten pairs in one file, every checksum right, and one lot flipped."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng

from karat import load_contract, open_lake
from karat.contracts import Contract
from karat.flow import Capture, ingest, rebuild_partitions, validate
from karat.lake.layout import Partition
from karat.messages import (
    Kind,
    instrument_on,
    instrument_rows,
    reader_of,
    rebuild,
    shipped_table,
)
from karat.store import MemoryStore
from karat.verdicts import Finding, Outcome, Verdict

pytestmark = pytest.mark.e2e

CONTRACT = Path(__file__).parents[2] / "contracts" / "kraken_l2.yaml"
CHECKSUMS = {
    "adaxbt": 347,
    "ethchf": 317,
    "grteth": 20,
    "ksmxbt": 335,
    "oceanxbt": 148,
    "omgusd": 573,
    "sceur": 818,
    "waveseur": 576,
    "xbtchf": 289,
    "xmrusd": 846,
}


@pytest.fixture(scope="module")
def raw(captures: Path) -> Path:
    path = captures / "cryptofeed" / "kraken_capture.parquet"
    if not path.exists():
        pytest.skip(f"no Kraken capture: {path} is missing")
    return path


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(CONTRACT)


def judged(raw: Path, contract: Contract, pairs: list[str]) -> dict[str, Verdict]:
    """Return the verdict on each pair of a capture."""
    lake, store = open_lake("memory:"), MemoryStore()
    days = {pair: Partition(f"kraken-spot-{pair}", "2021-04-17") for pair in pairs}
    ingest(lake, [Capture(raw, day, "raw") for day in days.values()])
    branch = rebuild_partitions(lake, contract, store=store).branch
    assert branch is not None
    verdicts = validate(lake, contract, branch, store=store).verdicts
    return {pair: verdicts[day] for pair, day in days.items()}


def checksums(verdict: Verdict) -> Finding:
    return next(f for f in verdict.findings if f.name == "checksums agree")


def test_every_checksum_of_all_ten_pairs_is_right(raw: Path, contract: Contract) -> None:
    verdicts = judged(raw, contract, list(CHECKSUMS))
    numbers = {pair: checksums(verdict).numbers for pair, verdict in verdicts.items()}
    assert {pair: n["checked"] for pair, n in numbers.items()} == CHECKSUMS
    assert sum(CHECKSUMS.values()) == 4_269
    assert sum(int(n["violations"]) for n in numbers.values()) == 0
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.PASS}


def bent(raw: Path, pair: str, row: int, folder: Path) -> Path:
    """Write the capture with the first size of one of `pair`'s messages wrong by one lot."""
    table = pq.read_table(raw, columns=["ts_s", "data"])
    data = table["data"].to_pylist()
    message = json.loads(data[row - 1])
    assert message[-1].replace("/", "").lower() == pair
    size = next(iter(message[1].values()))[0][1]
    lots = f"{Decimal(size) + Decimal(1).scaleb(-8):.8f}"
    data[row - 1] = data[row - 1].replace(f'"{size}"', f'"{lots}"', 1)
    path = folder / f"{row}.parquet"
    pq.write_table(table.set_column(1, "data", pa.array(data)), path)
    return path


@pytest.fixture(scope="module")
def at_best(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Return rows of ETH/CHF with one level, which is the best of its side after them."""
    name, out = "kraken-spot-ethchf", tmp_path_factory.mktemp("best") / "out"
    instrument = instrument_on(instrument_rows(shipped_table(), name), name, "2021-04-17")
    rebuild(
        raw, out, reader=reader_of(name), instrument=instrument, opening=None, source="raw/ethchf"
    )
    rows = [row for row in pq.read_table(out).to_pylist() if row["kind"] == Kind.DELTA]
    counts = Counter(row["raw_row"] for row in rows)
    best = {1: "best_bid_ticks", -1: "best_ask_ticks"}
    return [
        row["raw_row"]
        for row in rows
        if counts[row["raw_row"]] == 1 and row["price_ticks"] == row[best[row["side"]]]
    ]


def test_one_flipped_lot_fails_from_its_row_on(
    raw: Path, contract: Contract, tmp_path: Path, at_best: list[int]
) -> None:
    drawn = default_rng(7).choice(at_best, 6, replace=False).tolist()
    for row in drawn:
        verdict = judged(bent(raw, "ethchf", row, tmp_path), contract, ["ethchf"])["ethchf"]
        finding = checksums(verdict)
        assert verdict.outcome is Outcome.FAIL
        assert [f.name for f in verdict.findings if f.outcome is Outcome.FAIL] == [finding.name]
        assert finding.numbers["first"] == row
        assert f"first at raw_row {row}" in finding.reason
        assert finding.numbers["checked"] == CHECKSUMS["ethchf"]


def test_another_pair_does_not_mind(
    raw: Path, contract: Contract, tmp_path: Path, at_best: list[int]
) -> None:
    verdict = judged(bent(raw, "ethchf", at_best[0], tmp_path), contract, ["grteth"])["grteth"]
    assert verdict.outcome is Outcome.PASS
