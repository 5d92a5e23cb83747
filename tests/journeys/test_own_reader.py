"""Someone's own venue: a package with a reader, found by its entry point, up to a verdict."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import open_lake
from karat.contracts import Contract, load_contract
from karat.contracts.load import parse_contract
from karat.errors import InputError
from karat.flow import Capture, ingest, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.messages import reader_of
from karat.store import MemoryStore
from karat.verdicts import Outcome

pytestmark = pytest.mark.e2e

Package = Callable[[str, str, str], None]
SHIPPED = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
TABLE = "instrument,valid_from,tick,lot,contract_size,contract_unit\nhome-*,2024-01-01,1,1,1,A\n"
FIRST, SECOND = (Partition("home-cash-abc", f"2024-01-0{n}") for n in (1, 2))
CHANGES = 40

READER = dedent('''
    """Reads the tape of a venue at home: one level a row, whole ticks and lots."""
    import numpy as np
    import pyarrow.compute as pc
    from karat.errors import InputError
    from karat.messages import Kind, Messages, Quotes


    class Tape:
        raw_columns = ("at", "what", "id", "side", "price", "size")
        opening_columns = ("what",)
        golden_columns = ("id", "bid", "bid_size", "ask", "ask_size")

        def opens_book(self, raw, first_row, source):
            return pc.equal(raw["what"], "full")

        def messages(self, raw, instrument, first_row, source):
            columns = {name: raw[name].to_numpy(zero_copy_only=False) for name in raw.schema.names}
            what, price = columns["what"], columns["price"]
            wrong = np.flatnonzero(price % (instrument.tick_e8 // 10**8))
            if wrong.size:
                raise InputError(f"{source}: row {first_row + wrong[0]}: {price[wrong[0]]} is odd")
            # The rows of one full book stand together and share its id.
            same = (what[1:] == "full") & (what[:-1] == "full")
            begin = np.flatnonzero(np.append(True, ~same)[: len(what)])
            kinds = np.where(what[begin] == "full", int(Kind.SNAPSHOT), int(Kind.DELTA))
            ids = columns["id"][begin]
            return Messages(
                kind=kinds.astype(np.int8), row=begin + first_row,
                receive_time_ns=columns["at"][begin], event_time_ns=columns["at"][begin],
                first_id=ids, last_id=ids, previous_id=ids - (kinds == int(Kind.DELTA)),
                start=np.append(begin, len(what)), side=columns["side"].astype(np.int8),
                price_ticks=price, size_lots=columns["size"],
            )

        def quotes(self, golden, instrument, source):
            return Quotes(*(golden[name].to_numpy() for name in self.golden_columns))


    TAPE = Tape()
''')


@pytest.fixture
def installed(package: Package) -> None:
    package("home_tape", READER, "[karat.readers]\nhome-cash = home_tape:TAPE\n")


@pytest.fixture
def lake() -> Lake:
    return open_lake("memory:")


@pytest.fixture
def contract() -> Contract:
    text = SHIPPED.read_text().replace("min_compared: 500", "min_compared: 20")
    return parse_contract(text, "own.yaml")


def tape(begin: int, *, opened: bool, lost: int | None = None) -> pa.Table:
    """Return a day of `CHANGES` changes of the best bid's size, after a full book if `opened`."""
    full = [("full", begin, 1, 99, 5), ("full", begin, -1, 101, 5)] if opened else []
    ids = range(begin + 1, begin + 1 + CHANGES)
    rows = full + [("one", n, 1, 99, 1 + n * 7919 % 10_007) for n in ids if n != lost]
    what, number, side, price, size = zip(*rows, strict=True)
    return pa.table(
        {
            "at": np.arange(len(rows)) + 1_704_067_200 * 10**9,
            "what": what,
            "id": number,
            "side": side,
            "price": price,
            "size": size,
        }
    )


def truth(begin: int) -> pa.Table:
    ids = np.arange(begin + 1, begin + 1 + CHANGES)
    fixed = {"bid": 99, "bid_size": 0, "ask": 101, "ask_size": 5}
    columns = {name: np.full(CHANGES, value) for name, value in fixed.items()}
    return pa.table({"id": ids, **columns, "bid_size": 1 + ids * 7919 % 10_007})


def put(lake: Lake, folder: Path, day: Partition, raw: pa.Table, golden: pa.Table) -> None:
    captures = []
    for role, table in (("raw", raw), ("golden", golden)):
        path = folder / f"{day.date}-{role}.parquet"
        pq.write_table(table, path)
        captures.append(Capture(path, day, "raw" if role == "raw" else "golden"))
    ingest(lake, captures, instruments=TABLE)


@pytest.mark.usefixtures("installed")
def test_a_venue_of_ones_own_is_proved(lake: Lake, contract: Contract, tmp_path: Path) -> None:
    put(lake, tmp_path, FIRST, tape(100, opened=True), truth(100))
    put(lake, tmp_path, SECOND, tape(100 + CHANGES, opened=False), truth(100 + CHANGES))
    store = MemoryStore()
    batch = rebuild_partitions(lake, contract, store=store)
    assert (list(batch.rebuilt), batch.failed) == ([FIRST, SECOND], {})
    assert batch.branch is not None
    result = validate(lake, contract, batch.branch, store=store)
    assert {verdict.outcome for verdict in result.verdicts.values()} == {Outcome.PASS}
    for verdict in result.verdicts.values():
        (paired,) = (
            f for f in verdict.findings if f.family == "paired" and "compared" in f.numbers
        )
        assert paired.numbers["compared"] == CHANGES - 1


@pytest.mark.usefixtures("installed")
def test_what_its_tape_lost_is_named(lake: Lake, contract: Contract, tmp_path: Path) -> None:
    put(lake, tmp_path, FIRST, tape(100, opened=True, lost=120), truth(100))
    batch = rebuild_partitions(lake, contract)
    assert batch.branch is not None
    (verdict,) = validate(lake, contract, batch.branch).verdicts.values()
    assert verdict.outcome is Outcome.FAIL
    assert any("120" in failure for failure in verdict.failures)


@pytest.mark.usefixtures("installed")
def test_a_reader_of_no_golden_trades_is_judged_by_quotes_alone(
    lake: Lake, contract: Contract, tmp_path: Path
) -> None:
    put(lake, tmp_path, FIRST, tape(100, opened=True), truth(100))
    path = tmp_path / "trades.parquet"
    pq.write_table(truth(100), path)
    with pytest.raises(InputError, match=r"home-cash-abc reads no golden trades: leave the file"):
        ingest(lake, [Capture(path, FIRST, "golden_trades")], instruments=TABLE)
    batch = rebuild_partitions(lake, contract)
    assert batch.branch is not None
    (verdict,) = validate(lake, contract, batch.branch).verdicts.values()
    (paired,) = (f for f in verdict.findings if f.family == "paired")
    assert (paired.name, paired.outcome, verdict.outcome) == ("census", *[Outcome.PASS] * 2)
    assert "trades were not compared" in paired.reason


@pytest.mark.usefixtures("installed")
def test_its_own_errors_hold_up_its_own_day(lake: Lake, contract: Contract, tmp_path: Path) -> None:
    two = TABLE.replace("2024-01-01,1,1,1,A\n", "2024-01-01,1,1,1,A\nhome-*,2024-01-02,2,1,1,A\n")
    for day, begin in ((FIRST, 100), (SECOND, 900)):
        path = tmp_path / f"{day.date}.parquet"
        pq.write_table(tape(begin, opened=True), path)
        ingest(lake, [Capture(path, day, "raw")], instruments=two)
    batch = rebuild_partitions(lake, contract)
    assert list(batch.rebuilt) == [FIRST]
    assert "row 1: 99 is odd" in str(batch.failed[SECOND])


@pytest.mark.usefixtures("installed")
def test_a_capture_without_its_columns_is_not_let_in(lake: Lake, tmp_path: Path) -> None:
    head = lake.head("main")
    path = tmp_path / "raw.parquet"
    pq.write_table(tape(1, opened=True).drop_columns(["side"]), path)
    with pytest.raises(InputError, match="column 'side' is missing; have at, what, id"):
        ingest(lake, [Capture(path, FIRST, "raw")], instruments=TABLE)
    assert lake.head("main") == head


def test_without_the_package_the_venue_is_unknown(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "raw.parquet"
    pq.write_table(tape(1, opened=True), path)
    with pytest.raises(InputError, match=r"unknown venue 'home-cash' .*entry point 'karat\.read"):
        ingest(lake, [Capture(path, FIRST, "raw")], instruments=TABLE)
    assert load_contract(SHIPPED).dataset == "book_events"


@pytest.mark.usefixtures("installed")
def test_the_known_ones_are_still_known() -> None:
    assert reader_of("home-cash-abc").golden_columns[0] == "id"
    assert reader_of("binance-spot-btcusdt").golden_columns[0] == "update_id"
    with pytest.raises(InputError, match=r"have binance-coinm, .*home-cash, .*sim-spot"):
        reader_of("home-futures-abc")
