import pytest

from karat.errors import InputError
from karat.messages import instrument_on, instrument_rows, reader_of, shipped_table
from karat.messages.binance import COINM, SPOT, USDM

HEAD = "instrument,valid_from,tick,lot,contract_size,contract_unit\n"
TABLE = HEAD + "v-m-a,2020-01-01,0.1,1,1,A\nv-m-a,2020-06-01,0.01,1,1,A\nv-s-*,2000-01-01,5,2,1,B\n"


def table(tick: str = "0.1", lot: str = "1") -> str:
    return f"{HEAD}v-m-a,2020-01-01,{tick},{lot},1,A\n"


@pytest.mark.parametrize(
    ("date", "tick_e8"),
    [("2020-01-01", 10**7), ("2020-05-31", 10**7), ("2020-06-01", 10**6), ("2024-01-01", 10**6)],
)
def test_the_newest_valid_row_holds(date: str, tick_e8: int) -> None:
    assert instrument_on(TABLE, "v-m-a", date).tick_e8 == tick_e8


def test_nothing_is_valid_before_the_first_row() -> None:
    with pytest.raises(InputError, match=r"refs: nothing valid for 'v-m-a' on 2019-12-31"):
        instrument_on(TABLE, "v-m-a", "2019-12-31", "refs")


def test_rows_come_in_any_order() -> None:
    head, *rows = TABLE.splitlines()
    assert instrument_on("\n".join([head, *rows[::-1]]), "v-m-a", "2024-01-01").tick_e8 == 10**6


def test_a_wildcard_names_the_instrument_asked_for() -> None:
    own = instrument_rows(TABLE, "v-s-xyz")
    assert own == HEAD + "v-s-xyz,2000-01-01,5,2,1,B\n"
    instrument = instrument_on(own, "v-s-xyz", "2024-01-01")
    assert (instrument.name, instrument.symbol, instrument.venue_market) == (
        *("v-s-xyz", "xyz"),
        "v-s",
    )


def test_own_rows_leave_out_others() -> None:
    assert "v-s" not in instrument_rows(TABLE, "v-m-a")
    assert instrument_rows(TABLE, "v-m-a").count("\n") == 3


def test_a_missing_row_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no reference data for 'w-m-a'; have v-m-a, v-m-a, v-s"):
        instrument_rows(TABLE, "w-m-a")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="refs: column 'lot' is missing"):
        instrument_on(TABLE.replace("lot", "lots"), "v-m-a", "2024-01-01", "refs")


def test_columns_of_ones_own_may_stand_beside() -> None:
    beside = TABLE.replace("_unit\n", "_unit,note\n").replace(",A\n", ',A,"as told, by hand"\n')
    assert instrument_rows(beside, "v-m-a") == instrument_rows(TABLE, "v-m-a")


@pytest.mark.parametrize("day", ["2020-6-1", "01.06.2020", "20200601", "", "2020-02-30"])
def test_since_when_must_be_a_day(day: str) -> None:
    with pytest.raises(InputError, match=rf"v-m-a: valid_from '{day}' is no day such as"):
        instrument_rows(TABLE.replace("2020-06-01", day), "v-m-a")


def test_more_cells_than_columns_are_told() -> None:
    with pytest.raises(InputError, match=r"v-m-a: .* more cells than the header"):
        instrument_rows(TABLE.replace("0.01,1,1", "0.01,1,000,1"), "v-m-a")


BAD_STEPS = ["", "x", "0", "-0.1", "0.000000001", "NaN", "Infinity", "1e99", "1e999999999"]


@pytest.mark.parametrize("bad", BAD_STEPS)
def test_a_step_is_a_positive_decimal_of_8_places(bad: str) -> None:
    with pytest.raises(InputError, match=r"refs: v-m-a: tick .* is not a positive decimal"):
        instrument_on(table(tick=bad), "v-m-a", "2024-01-01", "refs")
    with pytest.raises(InputError, match=r"refs: v-m-a: lot .* is not a positive decimal"):
        instrument_on(table(lot=bad), "v-m-a", "2024-01-01", "refs")


def test_the_digest_is_of_what_a_rebuild_takes() -> None:
    spellings = [table("0.1"), table("0.10"), table("0.1").replace("2020", "2019")]
    assert len({instrument_on(t, "v-m-a", "2024-01-01").digest for t in spellings}) == 1
    others = [table("0.2"), table(lot="2"), table().replace("1,A", "2,A"), table()]
    assert len({instrument_on(t, "v-m-a", "2024-01-01").digest for t in others}) == 4


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("binance-usdm-btcusdt", (10**7, 10**5, "BTC")),
        ("binance-coinm-btcusd_perp", (10**7, 10**8, "USD")),
        ("binance-spot-btcusdt", (10**6, 100, "BTC")),
    ],
)
def test_real_instruments_are_known(name: str, steps: tuple[int, int, str]) -> None:
    found = instrument_on(instrument_rows(shipped_table(), name), name, "2024-08-08")
    assert (found.tick_e8, found.lot_e8, found.contract_unit) == steps


def test_simulated_instruments_are_known() -> None:
    text = instrument_rows(shipped_table(), "sim-spot-anything")
    assert instrument_on(text, "sim-spot-anything", "2024-01-01").tick_e8 == 10**6


def test_readers_are_found_by_venue_and_market() -> None:
    found = [reader_of(f"binance-{market}-x") for market in ("usdm", "coinm", "spot")]
    assert found == [USDM, COINM, SPOT]


@pytest.mark.parametrize("name", ["nowhere-spot-xbtusd", "binance", ""])
def test_an_unknown_venue_names_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"unknown venue .*; have binance-coinm, binance-spot, bi"):
        reader_of(name)
