"""Each kind of edit of a contract undoes exactly what it must: verdicts, states, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from karat.cli.opening import open_lake
from karat.contracts import Contract, Measure, measures, parse_contract
from karat.flow import Validation, adopt_golden, build_golden, validate
from karat.golden import GoldenManifest, distance_measures
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import MemoryStore
from karat.verdicts import current_golden

pytestmark = pytest.mark.e2e

TEXT = (Path(__file__).parents[2] / "contracts" / "book_events.yaml").read_text(encoding="utf-8")
TEXT = TEXT.replace('alpha: "0.05"', 'alpha: "1/3"')
DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 8)]
JUDGED = DAYS[5:]
NEW = "    - {name: ask, column: best_ask_ticks, of: movement, rows: whole}\n"
ASKS = "{name: asks are above zero, left: best_ask_ticks, op: '>', right: 0}"
REBUILD = "build and adopt a golden again"


class Watched(MemoryStore):
    """A store that begins with what another one holds, and tells what was put into it since."""

    def __init__(self, known: Watched | None = None) -> None:
        super().__init__()
        self.added: list[str] = []
        if known:
            super().put_many(known._results)

    def put_many(self, items: Mapping[str, bytes]) -> None:
        self.added.extend(items)
        super().put_many(items)


@dataclass
class Proved:
    """A lake whose last two days were judged by golden days, and the store of that."""

    lake: Lake
    store: Watched

    def judge(self, contract: Contract, store: Watched) -> Validation:
        return validate(self.lake, contract, MAIN, JUDGED, store=store)

    def build(self, contract: Contract, store: MemoryStore) -> GoldenManifest:
        return build_golden(self.lake, contract, MAIN, DAYS[:2], DAYS[2:5], store=store)

    def named(self, contract: Contract, added: list[str]) -> list[str]:
        """Return the names of measures whose states of the judged days were added, by day."""
        golden = current_golden(self.lake, self.lake.head(MAIN), contract.dataset)
        asked: list[Measure] = measures(contract)
        if golden:
            asked += distance_measures(golden.usable(contract), contract)
        found = []
        for day in JUDGED:
            states = self.judge(contract, Watched(self.store)).verdicts[day].inputs.states
            names = dict(zip(states, [m.name for m in asked], strict=False))
            found.append(sorted({names.get(key, "census") for key in states if key in added}))
        assert found[0] == found[1]
        return found[0]

    def column_bytes(self, *columns: str) -> int:
        """Return how many compressed bytes these columns of the judged days have."""
        total = 0
        for day in JUDGED:
            path = dataset_path("book_events", day.instrument, day.date)
            with pq.ParquetFile(self.lake.local_path(MAIN, path)) as file:
                for at in range(file.metadata.num_row_groups):
                    group = file.metadata.row_group(at)
                    chunks = [group.column(n) for n in range(group.num_columns)]
                    wanted = [c for c in chunks if c.path_in_schema in columns]
                    total += sum(chunk.total_compressed_size for chunk in wanted)
        return total


def proved_in(published: Path, home: Path) -> Proved:
    shutil.copytree(published, home)
    lake = open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))
    found, contract = Proved(lake, Watched()), parse_contract(TEXT, "")
    validate(lake, contract, MAIN, DAYS, store=found.store)
    manifest = found.build(contract, found.store)
    adopt_golden(lake, manifest, who="the owner", reason="first days")
    validate(lake, contract, MAIN, DAYS, store=found.store)
    found.judge(contract, found.store)  # of what is merged over these days, too
    return found


@pytest.fixture(scope="module")
def published(_published: Path) -> Path:
    return _published


@pytest.fixture(scope="module")
def proved(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Proved:
    return proved_in(published, tmp_path_factory.mktemp("proved") / "home")


def edited(old: str, new: str) -> Contract:
    assert TEXT.count(old) >= 1, old
    return parse_contract(TEXT.replace(old, new, 1), "edited.yaml")


def test_nothing_is_judged_twice(proved: Proved) -> None:
    store = Watched(proved.store)
    again = proved.judge(parse_contract(TEXT, ""), store)
    assert (again.cached, again.bytes_read, store.added) == (len(JUDGED), 0, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Named choices of rows", "# Another remark"),
        ("unit: update id or trade id", "unit: whatever the venue counts"),
        ('min_coverage: "0.95"', "min_coverage: 19/20"),
        ('golden_suspect: "0.003"', "golden_suspect: 0.0030"),
        ('alpha: "1/3"', 'alpha: "2/6"'),
        (
            'left: size_lots, op: ">=", right: 0}',
            'left: size_lots, op: ">=", right: 0, allowance: 0}',
        ),
        ("order: not_falling, rows: live}", "order: not_falling, rows: live, severity: gate}"),
        ("rows: live_deltas, lags: 5}", "rows: live_deltas, lags: 5, min_rows: 100}"),
        ("column: spread_ticks, rows", "column: spread_ticks, kind: ks, of: value, rows"),
        ("dataset: book_events", "dataset: book_events\nfreshness: {hours: 6}"),
        ("dataset: book_events", "dataset: book_events\ncalendar: {days: weekdays}"),
    ],
)
def test_what_is_written_otherwise_undoes_nothing(proved: Proved, old: str, new: str) -> None:
    store, contract = Watched(proved.store), edited(old, new)
    again = proved.judge(contract, store)
    assert (again.cached, again.bytes_read, store.added) == (len(JUDGED), 0, [])
    assert (
        proved.build(contract, store).digest == proved.build(parse_contract(TEXT, ""), store).digest
    )


def test_the_order_of_keys_undoes_nothing(proved: Proved) -> None:
    store = Watched(proved.store)
    values = yaml.safe_load(TEXT)
    values = {key: values[key] for key in reversed(values)}
    values["columns"] = dict(reversed(values["columns"].items()))
    text = yaml.safe_dump(values, sort_keys=False)
    again = proved.judge(parse_contract(text, ""), store)
    assert (again.cached, again.bytes_read, store.added) == (len(JUDGED), 0, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("right: 0, rows: trades}", "right: 0, rows: trades, allowance: 3}"),
        ("order: not_falling, rows: live}", "order: not_falling, rows: live, allowance: 1}"),
        ('allowance: "0.0005"', 'allowance: "0.0004"'),
        ("gaps: 0, overlaps", "gaps: 1, overlaps"),
        ("min_compared: 500", "min_compared: 501"),
        ('differing: "0" ', 'differing: "0.1" '),
        ('alpha: "1/3"', 'alpha: "0.4"'),
        ('alpha: "1/3"', 'alpha: "1/3"\n  worst_chunk: warn'),
        ('alpha: "1/3"', 'alpha: "1/3"\n  worst_chunk: none'),
        ('tolerance: "0.06"', 'tolerance: "0.07"'),
        ("column: spread_ticks, rows", "column: spread_ticks, min_rows: 7, rows"),
        ("column: spread_ticks, rows", "column: spread_ticks, severity: warn, rows"),
        ("right: 0, rows: trades}", "right: 0, rows: trades, severity: warn}"),
        ("unpaired: gate}", "unpaired: warn}"),
        ("first_day: 2024-01-01", "first_day: 2024-01-02"),
        ("name: trades have a size", "name: trades have sizes"),
    ],
)
def test_a_threshold_is_judged_again_and_nothing_is_read(
    proved: Proved, old: str, new: str
) -> None:
    store, contract = Watched(proved.store), edited(old, new)
    again = proved.judge(contract, store)
    assert (again.cached, again.bytes_read) == (0, 0)
    assert proved.named(contract, store.added) == []


@pytest.mark.parametrize(
    ("old", "new", "computed", "columns"),
    [
        (
            "locator: sequence\n\n",
            f"  - {ASKS}\nlocator: sequence\n\n",
            ["asks are above zero"],
            ["best_ask_ticks", "sequence"],
        ),
        (
            "# Each best price",
            "  - {column: sequence, order: rising, rows: trades}\n\n# Each best price",
            ["sequence is rising in trades"],
            ["sequence", "kind"],
        ),
        (
            'op: "<", right: best_ask_ticks, rows: whole}',
            'op: "<=", right: best_ask_ticks, rows: whole}',
            ["book is not crossed"],
            ["best_bid_ticks", "best_ask_ticks", "sequence", "flags"],
        ),
        (
            "bids_gone: [{column: kind, is: [2]}, ",
            "bids_gone: [{column: kind, is: [2]}, {column: flags, has_not: 4}, ",
            ["a deleted bid is not the best"],
            ["price_ticks", "best_bid_ticks", "sequence", "kind", "side", "size_lots", "flags"],
        ),
    ],
    ids=["a new invariant", "a new order", "another operator", "other rows"],
)
def test_only_what_is_new_is_computed_from_its_columns(
    proved: Proved, old: str, new: str, computed: list[str], columns: list[str]
) -> None:
    store, contract = Watched(proved.store), edited(old, new)
    again = proved.judge(contract, store)
    assert (again.cached, again.bytes_read) == (0, proved.column_bytes(*columns))
    assert proved.named(contract, store.added) == computed


def test_another_choice_of_rows_undoes_all_that_use_it(proved: Proved) -> None:
    store = Watched(proved.store)
    contract = edited("live_deltas: [", "live_deltas: [{column: flags, has_not: 4}, ")
    again = proved.judge(contract, store)
    assert again.cached == 0
    expected = ["census", "event_time_ns is not falling in live_deltas"]
    assert proved.named(contract, store.added) == expected
    told = {f.name: f.reason for f in again.verdicts[JUDGED[0]].findings if f.family == "unpaired"}
    asked = {d.name: d.rows for d in contract.unpaired.distances} if contract.unpaired else {}
    for name, rows in asked.items():
        assert (REBUILD in told[name]) == (rows == "live_deltas"), name


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (
            "{name: spread, column: spread_ticks",
            "{name: spread, cells: 64, column: spread_ticks",
            "spread",
        ),
        ("of: movement, over: 20, rows", "of: movement, over: 21, rows", "move over 20"),
        ("kind: atom, column: size_lots", "kind: total_variation, column: size_lots", "size atoms"),
        ("    - {name: spread", f"{NEW}    - {{name: spread", "ask"),
    ],
    ids=["cells", "over", "kind", "a new distance"],
)
def test_what_is_measured_otherwise_needs_golden_days_again(
    proved: Proved, old: str, new: str, name: str
) -> None:
    store, contract = Watched(proved.store), edited(old, new)
    again = proved.judge(contract, store)
    assert (again.cached, again.bytes_read) == (0, 0)
    assert proved.named(contract, store.added) == []
    for verdict in again.verdicts.values():
        lacking = {f.name for f in verdict.findings if REBUILD in f.reason}
        assert lacking == {name}


def test_a_new_distance_is_all_that_is_computed(published: Path, tmp_path: Path) -> None:
    """Golden days are measured again too: the others' yardsticks come out as they were."""
    own = proved_in(published, tmp_path / "home")
    contract = edited("    - {name: spread", f"{NEW}    - {{name: spread")
    validate(own.lake, contract, MAIN, DAYS, store=own.store)
    manifest = own.build(contract, own.store)
    adopt_golden(own.lake, manifest, who="the owner", reason="one more")
    store = Watched(own.store)
    again = own.judge(contract, store)
    assert again.cached == 0
    assert own.named(contract, store.added) == ["ask"]
    assert again.bytes_read == own.column_bytes("best_ask_ticks", "flags", "receive_time_ns")
