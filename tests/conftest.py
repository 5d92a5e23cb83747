"""What several tests share: real captures, captures written for the occasion, messages by hand."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

from karat.digest import crc32
from karat.messages import Messages
from tests.scheduling import ordered, scheduling

# The first example of some tests compiles; the same examples on every run, new ones in a soak.
settings.register_profile("karat", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=1000)
settings.load_profile("soak" if os.environ.get("KARAT_SOAK") else "karat")

Row = tuple[int | None, str | None, str | None]
WriteCapture = Callable[..., Path]
Level = tuple[int, int, int]
Plain = tuple[int, int, int, int, Sequence[Level]]
MessagesOf = Callable[[Sequence[Plain]], Messages]
Package = Callable[[str, str, str], None]
LONG_ID = 100
MARKS = "```python\n", '```toml\n[project.entry-points."karat.statistics"]\n'


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep keys and all else that a test makes by default out of the working directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KARAT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def captures() -> Path:
    """Return the folder of real captures, or skip."""
    root = Path(__file__).parents[1]
    folder = root / os.environ.get("KARAT_CAPTURES", "../shared/data")
    if not (folder / "binance").is_dir():
        pytest.skip(f"no real captures in {folder}: set KARAT_CAPTURES to the folder that has them")
    return folder


@pytest.fixture
def unsearched() -> Iterator[None]:
    """Let Python not search for garbage: text nested without end leaves no room to end some."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Return a function that installs a package as pip would: a module, and its entry points."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))

    def install(module: str, code: str, entries: str) -> None:
        info = site / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(f"Name: {module.replace('_', '-')}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entries)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


@pytest.fixture
def home_rises(package: Package) -> str:
    """Install the package that docs/statistics_plugin.md writes; return its kind."""
    page = Path(__file__).parents[1] / "docs" / "statistics_plugin.md"
    module, line = (page.read_text().split(mark)[1].split("```")[0] for mark in MARKS)
    package("home_rises", module, "[karat.statistics]\n" + line.replace('"', ""))
    return "home_rises"


@pytest.fixture(scope="session")
def write_capture() -> WriteCapture:
    """Return a function that writes (recv_ts_ns, stream, payload) rows as a raw capture."""

    def write(path: Path, rows: Sequence[Row]) -> Path:
        times, streams, payloads = zip(*rows, strict=True) if rows else ((), (), ())
        columns = {
            "recv_ts_ns": pa.array(times, pa.int64()),
            "stream": pa.array(streams, pa.string()).dictionary_encode(),
            "payload": pa.array(payloads, pa.string()),
        }
        pq.write_table(pa.table(columns), path)
        return path

    return write


@pytest.fixture(scope="session")
def messages_of() -> MessagesOf:
    """Return a function from (kind, first, last, previous, [(side, price, size)]) to messages.

    Message ``i`` is of capture row ``i + 1``, exchange time ``1000 i`` and receive time 5 later.
    """

    def build(plain: Sequence[Plain]) -> Messages:
        levels = [level for message in plain for level in message[4]]
        side, price, size = np.array(levels, np.int64).reshape(-1, 3).T.copy()
        kind, first, last, previous = (
            np.array([message[:4] for message in plain], np.int64).reshape(-1, 4).T.copy()
        )
        clock = np.arange(len(plain)) * 1000
        starts = accumulate((len(message[4]) for message in plain), initial=0)
        return Messages(
            kind=kind.astype(np.int8),
            row=np.arange(1, len(plain) + 1),
            receive_time_ns=clock + 5,
            event_time_ns=clock,
            first_id=first,
            last_id=last,
            previous_id=previous,
            start=np.array(list(starts)),
            side=side.astype(np.int8),
            price_ticks=price,
            size_lots=size,
        )

    return build


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """Let a worker have all tests of a file; nothing else needs pytest-xdist."""
    return scheduling(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have several workers begin with what takes long."""
    if hasattr(config, "workerinput"):
        items[:] = ordered(items)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long text by kind, length and sum: else each message about a test has all of it."""
    if isinstance(val, str | bytes) and len(val) > LONG_ID:
        data = val.encode(errors="surrogatepass") if isinstance(val, str) else val
        return f"{argname}-{type(val).__name__}-{len(val)}-{crc32(data):08x}"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds that tests measured and recorded, whether they passed or failed."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties if report.when == "call" else ():
                if name.startswith("seconds"):
                    terminalreporter.write_line(f"{value:8.1f} {name}")
