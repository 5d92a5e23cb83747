"""What tests of the command line share: two simulated days, and a lake that has them proved."""

import datetime as dt
import gc
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from typer.testing import CliRunner

from karat.cli.main import app
from karat.contracts import load_contract
from karat.simulation import simulate, write

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]
CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"


class Answer(NamedTuple):
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Karat = Callable[..., Answer]


def run(*words: object) -> Answer:
    """Run `karat` in this process; what nobody foresaw is raised."""
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two days of one instrument; the second opens with the book of the first."""
    folder = tmp_path_factory.mktemp("captures")
    made = simulate("sim-usdm-abc", DAYS, seed=7, messages_per_day=2000, without_snapshot=[DAYS[1]])
    write(folder, made)
    return folder


@pytest.fixture(scope="session")
def published(days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home where both days are published and cut as demo@1.0.0; copy before you write."""
    home = tmp_path_factory.mktemp("published")
    ways = (["ingest", days], ["rebuild"], ["validate"], ["publish"], ["dataset", "cut", "demo"])
    for words in ways:
        done = run(*words, "--home", home)
        assert done.code == 0, done
    gc.collect()  # let go of the database: copies must not see its log come and go
    return home


@pytest.fixture
def karat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Karat:
    """Return a function that runs `karat` with a home of the test's own."""
    for name in ("KARAT_LAKE", "KARAT_CONTRACT", "KARAT_SIGNING_KEY", "KARAT_TRUST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KARAT_HOME", str(tmp_path / "home"))
    return run


@pytest.fixture
def proved(karat: Karat, published: Path, tmp_path: Path) -> Karat:
    """Return `karat` on a copy of the published home."""
    shutil.copytree(published, tmp_path / "home")
    return karat


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of five published days, judged by the first three; copy before you write.

    Two are reference days and one calibrates: its contract is content with so few.
    """
    home = tmp_path_factory.mktemp("judged")
    dates = [DAYS[0] + dt.timedelta(days=n) for n in range(5)]
    write(home / "captures", simulate("sim-usdm-abc", dates, seed=7, messages_per_day=700))
    body = load_contract(CONTRACT).model_dump(by_alias=True, mode="json", exclude_defaults=True)
    body["unpaired"]["alpha"] = "1/2"
    body["paired"]["min_compared"] = 100
    (home / "contract.yaml").write_text(yaml.safe_dump(body, sort_keys=False))
    golden = ["golden", "build", "--days", "..2024-01-03", "--first", 2]
    adopt = ["--adopt", "--reason", "quiet days", "--who", "us"]
    ways = (["rebuild"], ["validate"], ["publish"], [*golden, *adopt], ["validate"])
    assert run("ingest", home / "captures", "--home", home).code == 0
    for words in ways:
        done = run(*words, "--home", home, "--contract", home / "contract.yaml")
        assert done.code == 0, done
    gc.collect()
    return home


@pytest.fixture
def adopted(karat: Karat, judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Karat:
    """Return `karat` on a copy of the judged home, under its contract."""
    shutil.copytree(judged, tmp_path / "home")
    monkeypatch.setenv("KARAT_CONTRACT", str(tmp_path / "home" / "contract.yaml"))
    return karat
