"""A lake of simulated days, proved, published and cut, that each test gets a copy of."""

import datetime as dt
import gc
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset, load_contract, open_lake
from karat.contracts import Contract
from karat.flow import (
    Batch,
    Publication,
    Validation,
    captures_in,
    ingest,
    publish,
    rebuild_partitions,
    validate,
)
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.signing import KeyFiles
from karat.simulation import Day, simulate, write
from karat.store import DiskStore

CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
FIRST = dt.date(2024, 3, 1)
FUTURES, SPOT = "sim-usdm-aaa", "sim-spot-bbb"
MESSAGES = 4000
BARE = 5
"""The day, counted from 0, that has no snapshot and opens with the book of the day before."""


def dates(count: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(days=n) for n in range(count)]


def partition(n: int, instrument: str = FUTURES) -> Partition:
    return Partition(instrument, str(FIRST + dt.timedelta(days=n)))


@dataclass(frozen=True)
class Simulated:
    """Files of days, two instruments."""

    folder: Path
    days: dict[Partition, Day]

    def files(self, *chosen: Partition) -> list[Path]:
        stems = [
            f"{p.instrument.removeprefix('sim-').replace('-', '_')}_{p.date.replace('-', '')}"
            for p in chosen
        ]
        kinds = ("raw", "golden_bbo", "trades")
        return [self.folder / f"{stem}_{kind}.parquet" for stem in stems for kind in kinds]


@dataclass
class Workplace:
    """A lake, a store and a contract, with the steps of the flow."""

    home: Path
    simulated: Simulated
    contract: Contract = field(default_factory=lambda: load_contract(CONTRACT))

    @cached_property
    def lake(self) -> Lake:
        return open_lake(f"file://{self.home / 'lake'}", files=KeyFiles.below(self.home))

    @cached_property
    def store(self) -> DiskStore:
        return DiskStore(self.home / "store")

    def ingest(self, *chosen: Partition) -> None:
        ingest(self.lake, captures_in(self.simulated.files(*chosen)))

    def restate(self, what: Partition, raw: pa.Table, **options: str) -> Path:
        """Put another raw capture in the place of the first."""
        path = self.home / self.simulated.files(what)[0].name
        pq.write_table(raw, path, **options)
        ingest(self.lake, captures_in([path]))
        return path

    def raw(self, what: Partition) -> pa.Table:
        return self.simulated.days[what].raw

    def rebuild(self, *chosen: Partition) -> Batch:
        return rebuild_partitions(self.lake, self.contract, chosen or None, store=self.store)

    def validate(self, ref: str = "main") -> Validation:
        return validate(self.lake, self.contract, ref, store=self.store)

    def publish(self, branch: str, *chosen: Partition) -> Publication:
        return publish(self.lake, self.contract, branch, chosen or None, store=self.store)

    def cut(self, *patterns: str) -> dataset.Manifest:
        chosen = patterns or ("*",)
        return dataset.cut(self.lake, self.contract, "demo", partitions=chosen, store=self.store)

    def prove(self) -> str:
        """Rebuild and validate; return the audit branch."""
        branch = self.rebuild().branch
        assert branch is not None
        self.validate(branch)
        return branch


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("simulated")
    days: dict[Partition, Day] = {}
    for instrument, count, bare in ((FUTURES, 8, {dates(8)[BARE]}), (SPOT, 3, set[dt.date]())):
        made = list(
            simulate(
                instrument,
                dates(count),
                seed=7,
                messages_per_day=MESSAGES,
                without_snapshot=bare,
            )
        )
        write(folder, made)
        days |= {Partition(instrument, str(day.date)): day for day in made}
    return Simulated(folder, days)


@pytest.fixture(scope="session")
def _published(simulated: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Workplace(tmp_path_factory.mktemp("published"), simulated)
    place.ingest(*[p for p in simulated.days if p != partition(7)])
    branch = place.prove()
    assert place.publish(branch).refused == {}
    assert place.cut().version == "1.0.0"
    home = place.home
    del place
    gc.collect()  # let go of the database: copies must not see its log come and go
    return home


@pytest.fixture
def place(_published: Path, simulated: Simulated, tmp_path: Path) -> Workplace:
    """Return seven futures days and three spot days, published and cut as demo@1.0.0."""
    shutil.copytree(_published, tmp_path / "home")
    return Workplace(tmp_path / "home", simulated)


@pytest.fixture
def bare_place(simulated: Simulated, tmp_path: Path) -> Workplace:
    """Return a workplace with an empty lake."""
    return Workplace(tmp_path, simulated)


Stop = Callable[[list[str], Callable[[], bool], signal.Signals], tuple[int, str, str]]


@pytest.fixture(scope="session")
def stop() -> Stop:
    """Return a function that starts a command, and signals it once something has begun.

    It gives the exit code and what was said on both streams.
    """

    def stopped(
        words: list[str], begun: Callable[[], bool], how: signal.Signals
    ) -> tuple[int, str, str]:
        # A shell without job control starts background work with SIGINT ignored: undo that.
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        while process.poll() is None and not begun():
            time.sleep(0.005)
        process.send_signal(how)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    return stopped
