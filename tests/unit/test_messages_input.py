"""Bad captures: each is refused with the file, the row and what is wrong, and leaves nothing."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError
from karat.messages import Instrument, Rebuilt, rebuild
from karat.messages.binance import SPOT, USDM, BinanceReader
from karat.messages.capture_file import BATCH_ROWS

Row = tuple[int | None, str | None, str | None]
WriteCapture = Callable[[Path, Sequence[Row]], Path]
UNIT = Instrument("v-m-abc", "2000-01-01", 10**7, 10**5, "1", "A")


def delta(n: int, **changed: object) -> Row:
    data = {"s": "ABC", "E": 1000 + n, "U": n, "u": n, "pu": n - 1, "b": [["9.9", "1"]], "a": []}
    kept = {key: value for key, value in (data | changed).items() if value is not None}
    return (n, "depth", json.dumps({"data": kept}))


def trade(**changed: object) -> Row:
    data = {"s": "ABC", "E": 1, "t": 7, "p": "10.0", "q": "0.001", "m": True}
    kept = {key: value for key, value in (data | changed).items() if value is not None}
    return (1, "trade", json.dumps({"data": kept}))


def snapshot(last: int = 0) -> Row:
    book = {"lastUpdateId": last, "bids": [["9.9", "2"]], "asks": [["10.1", "3"]]}
    return (0, "rest_snapshot", json.dumps(book))


def build(tmp_path: Path, raw: Path, reader: BinanceReader = USDM) -> Rebuilt:
    out = tmp_path / "out.parquet"
    return rebuild(raw, out, reader=reader, instrument=UNIT, opening=None, source="day.parquet")


def refused(tmp_path: Path, raw: Path, why: str) -> None:
    with pytest.raises(InputError, match=rf"^day\.parquet: {why}"):
        build(tmp_path, raw)
    assert [path.name for path in tmp_path.iterdir()] == [raw.name]


def test_a_good_capture_is_rebuilt(tmp_path: Path, write_capture: WriteCapture) -> None:
    raw = write_capture(tmp_path / "raw", [snapshot(), delta(1), (5, "other", "no json"), trade()])
    built = build(tmp_path, raw)
    table = pq.read_table(tmp_path / "out.parquet")
    assert (built.rows, built.opening, built.places) == (4, "reset", [])
    assert table["price_ticks"].to_pylist() == [99, 101, 99, 100]
    assert table["size_lots"].to_pylist() == [2000, 3000, 1000, 1]
    assert table["event_time_ns"].to_pylist() == [None, None, 1001 * 10**6, 10**6]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "raw"]


def test_what_is_no_parquet(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(b"recv_ts_ns,stream,payload\n")
    refused(tmp_path, raw, "not a readable Parquet file")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a readable Parquet file"):
        build(tmp_path, tmp_path / "nowhere")


@pytest.mark.parametrize("cut", [4, 100, 0.5])
def test_truncated_parquet(tmp_path: Path, write_capture: WriteCapture, cut: float) -> None:
    raw = write_capture(tmp_path / "raw", [snapshot(), *map(delta, range(1, 50))])
    data = raw.read_bytes()
    raw.write_bytes(data[: int(len(data) * cut) if cut < 1 else -int(cut)])
    refused(tmp_path, raw, "not a readable Parquet file")


def test_damaged_pages(tmp_path: Path, write_capture: WriteCapture) -> None:
    raw = write_capture(tmp_path / "raw", [snapshot(), *map(delta, range(1, 500))])
    data = bytearray(raw.read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    raw.write_bytes(data)
    refused(tmp_path, raw, "damaged Parquet data")


@pytest.mark.parametrize("name", ["recv_ts_ns", "stream", "payload"])
def test_a_missing_column(tmp_path: Path, write_capture: WriteCapture, name: str) -> None:
    raw = write_capture(tmp_path / "raw", [snapshot(), delta(1)])
    pq.write_table(pq.read_table(raw).drop_columns([name]), raw)
    refused(tmp_path, raw, f"column '{name}' is missing; have")


@pytest.mark.parametrize(
    ("name", "values", "need"),
    [
        ("recv_ts_ns", pa.array(["0", "1"]), "string, needs integers"),
        ("recv_ts_ns", pa.array([0.5, 1.5]), "double, needs integers"),
        ("stream", pa.array([1, 2]), "int64, needs text"),
        ("payload", pa.array([b"{}", b"{}"]), "binary, needs text"),
    ],
)
def test_a_column_of_another_type(
    tmp_path: Path, write_capture: WriteCapture, name: str, values: pa.Array, need: str
) -> None:
    raw = write_capture(tmp_path / "raw", [snapshot(), delta(1)])
    table = pq.read_table(raw)
    at = table.schema.get_field_index(name)
    pq.write_table(table.set_column(at, name, values), raw)
    refused(tmp_path, raw, f"column '{name}' is {need}")


@pytest.mark.parametrize("row", [2, BATCH_ROWS + 2])
@pytest.mark.parametrize("field", [0, 1, 2])
def test_a_null_names_its_row(
    tmp_path: Path, write_capture: WriteCapture, row: int, field: int
) -> None:
    rows = [snapshot(), *([(1, "other", "")] * (row + 5))]
    rows[row - 1] = tuple(None if at == field else v for at, v in enumerate(delta(1)))  # type: ignore[assignment]
    name = ("recv_ts_ns", "stream", "payload")[field]
    raw = write_capture(tmp_path / "raw", rows)
    refused(tmp_path, raw, f"column '{name}' is null in row {row}$")


BAD_ROWS: dict[str, tuple[Row, str]] = {
    "malformed": ((1, "depth", '{"data": {'), r"malformed JSON \("),
    "empty": ((1, "depth", ""), r"malformed JSON \("),
    "two": ((1, "depth", "{} {}"), r"malformed JSON \("),
    "list": ((1, "depth", "[]"), "the payload is not a JSON object"),
    "null": ((1, "trade", "null"), "the payload is not a JSON object"),
    "number": ((1, "rest_snapshot", "7"), "the payload is not a JSON object"),
    "no data": ((1, "depth", "{}"), "the message has no field"),
    "null data": ((1, "depth", '{"data": null}'), "the message has no field"),
    "other data": ((1, "depth", '{"data": 5}'), ".*data"),
    "no u": (delta(2, u=None), "the message has no field 'u'"),
    "no pu": (delta(2, pu=None), "the message has no field 'pu'"),
    "no symbol": (delta(2, s=None), "the message has no field 's'"),
    "no bids": (delta(2, b=None), "the message has no field 'b'"),
    "no time": (delta(2, E=None), "the message has no field 'E'"),
    "no price": (trade(p=None), "the message has no field 'p'"),
    "no maker": (trade(m=None), "the message has no field 'm'"),
    "id is text": (delta(2, u="2"), "JSON"),
    "id is a fraction": (delta(2, u=2.5), "Failed to convert JSON to int64"),
    "no pair": (delta(2, b=[["9.9"]]), "a level is not a"),
    "three": (delta(2, a=[["9.9", "1", "1"]]), "a level is not a"),
    "no level": (delta(2, a=[None]), "a level is not a"),
    "null size": (delta(2, a=[["9.9", None]]), "a level has a null"),
    "word": (delta(2, b=[["nine", "1"]]), "The string 'nine' is not a valid"),
    "off the tick": (delta(2, b=[["9.95", "1"]]), r"price 9\.95 is not a multiple of 0\.1"),
    "off the lot": (delta(2, b=[["9.9", "1.0001"]]), r"size 1\.0001 is not a multiple of 0\.001"),
    "trade off the tick": (trade(p="9.95"), r"price 9\.95 is not a multiple of 0\.1"),
    "negative size": (delta(2, b=[["9.9", "-1"]]), "size -1 is below zero"),
    "negative price": (trade(p="-10.0"), "price -10 is below zero"),
    "nine decimals": (delta(2, b=[["9.900000001", "1"]]), ".*requires scale 9"),
    "too large": (trade(q="99999999999999"), "the size does not fit 64 bits"),
    "another symbol": (delta(2, s="XYZ"), "symbol XYZ in a capture of v-m-abc"),
    "trade of another": (trade(s="XYZ"), "symbol XYZ in a capture of v-m-abc"),
}


@pytest.mark.parametrize("row", [2, 40, BATCH_ROWS + 20])
@pytest.mark.parametrize("what", BAD_ROWS)
def test_a_bad_message_names_its_row(
    tmp_path: Path, write_capture: WriteCapture, what: str, row: int
) -> None:
    bad, why = BAD_ROWS[what]
    good = [delta(n) for n in range(1, 60)]
    filler: list[Row] = [(1, "other", "")] * (row - 2 if row > BATCH_ROWS else 0)
    before = [*filler, *good][: row - 2] if filler else good[: row - 2]
    raw = write_capture(tmp_path / "raw", [snapshot(), *before, bad, *good])
    refused(tmp_path, raw, f"row {row}: {why}")


@pytest.mark.parametrize("row", [2, 40, BATCH_ROWS + 20])
@pytest.mark.parametrize(
    "text", ['{"data": {"u": 1', '"u": 1}}', "", "nothing", "{} {", "{bad}", '{"bad"}', "{'u': 1}"]
)
def test_a_torn_message_that_nothing_is_made_of_is_named_too(
    tmp_path: Path, write_capture: WriteCapture, text: str, row: int
) -> None:
    """Most rows of a capture are quotes: where these are cut off, the machine that wrote it is."""
    quotes: list[Row] = [(1, "bookTicker", '{"data": {"u": 1}}')] * (row - 2)
    later = [delta(1), *((1, "bookTicker", text) for text in ("[1]", "{}", '{ "u" : 1}\n'))]
    good = [snapshot(), *quotes, *later]
    raw = write_capture(tmp_path / "raw", [*good[: row - 1], (1, "bookTicker", text), *later])
    refused(tmp_path, raw, rf"row {row}: malformed JSON \(")
    assert build(tmp_path, write_capture(raw, good)).counts["deltas"] == 1


def test_spot_follows_its_own_first_id(tmp_path: Path, write_capture: WriteCapture) -> None:
    rows = [snapshot(), delta(1, pu=None), delta(2, pu=None, u=4), delta(6, pu=None)]
    built = build(tmp_path, write_capture(tmp_path / "raw", rows), SPOT)
    assert built.places == [{"what": "gap", "row": 4, "first_id": 5, "last_id": 5}]


def test_neither_snapshot_nor_carry(tmp_path: Path, write_capture: WriteCapture) -> None:
    refused(tmp_path, write_capture(tmp_path / "raw", [delta(1)]), "no snapshot, and no book to")
    refused(tmp_path, write_capture(tmp_path / "raw", []), "no snapshot, and no book to carry over")


def test_an_earlier_result_outlives_a_bad_capture(
    tmp_path: Path, write_capture: WriteCapture
) -> None:
    build(tmp_path, write_capture(tmp_path / "raw", [snapshot(), delta(1)]))
    before = (tmp_path / "out.parquet").read_bytes()
    with pytest.raises(InputError, match="row 2: malformed"):
        build(tmp_path, write_capture(tmp_path / "raw", [snapshot(), (1, "depth", "{")]))
    assert (tmp_path / "out.parquet").read_bytes() == before


def test_a_late_snapshot_opens_only_without_a_carry(
    tmp_path: Path, write_capture: WriteCapture
) -> None:
    filler: list[Row] = [(1, "other", "")] * 10_000
    raw = write_capture(tmp_path / "raw", [delta(2), *filler, snapshot(1), delta(3)])
    alone = build(tmp_path, raw)
    assert (alone.opening, alone.counts["replayed"], alone.places) == ("none", 1, [])
    first = build(tmp_path, write_capture(tmp_path / "first", [snapshot(), delta(1)]))
    carried = rebuild(
        *(raw, tmp_path / "out.parquet"),
        reader=USDM,
        instrument=UNIT,
        opening=first.closing,
        source="day.parquet",
    )
    assert carried.opening == first.closing.digest
    assert [place["what"] for place in carried.places] == ["stale"]
    assert carried.closing.sequence == 3
