"""A lake that is named for the demo is new or a demo's own; of others' nothing is touched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from karat import open_lake
from karat.cli.settings import Settings
from karat.errors import InputError, RepositoryNotFound
from karat.jobs.demo.ground import INSTRUMENT, MARK
from karat.jobs.demo.home import MARK as HOME_MARK
from karat.jobs.demo.home import cleared
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import LEDGER, MAIN
from tests.lakefs_double.clients import branch_with, head, merge, new_repository, official
from tests.lakefs_double.server import Double, serving

OURS = f"raw/{INSTRUMENT}/2024-03-01.parquet"
Spoil = Callable[[Lake], object]


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


@pytest.fixture(params=["local", "lakefs"])
def url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    double: Double,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    key = {"ACCESS_KEY_ID": double.state.key_id, "SECRET_ACCESS_KEY": double.state.secret}
    for name, value in key.items():
        monkeypatch.setenv(f"LAKECTL_CREDENTIALS_{name}", value)
    monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", double.url)
    monkeypatch.setenv("KARAT_LAKEFS_NAMESPACE", "local://demos/")
    double.state.repositories.clear()
    double.state.namespaces.clear()
    on_server = f"lakefs://{double.url.removeprefix('http://')}/market-data"
    return (tmp_path / "a lake").as_uri() if request.param == "local" else on_server


@pytest.fixture
def there(url: str, tmp_path: Path) -> Lake:
    """Return the lake after a demo brought a file, and signed something."""
    return played(cleared(tmp_path / "home", url))


def played(settings: Settings) -> Lake:
    lake = open_lake(settings.lake, files=settings.key_files)
    append(lake, MAIN, {OURS: b"1"}, message="Ingest")
    lake.keys.sign(b"{}")
    append(lake, LEDGER, {"order/1.json": b"1"}, message="Record")
    lake.create_tag("dataset-demo-1.0.0", MAIN)
    return lake


def held(lake: Lake) -> list[object]:
    refs = [*lake.branches(), *lake.tags()]
    return [(ref, [found.path for found in lake.list(ref.commit)]) for ref in refs]


def test_a_lake_that_is_missing_is_made_and_marked(url: str, tmp_path: Path) -> None:
    settings = cleared(tmp_path / "home", url)
    assert settings.lake == url
    lake = open_lake(url, files=settings.key_files, create=False)
    assert [tag.name for tag in lake.tags()] == [MARK]
    assert not (tmp_path / "home" / "lake").exists()


def test_what_a_demo_made_is_made_again(there: Lake, url: str, tmp_path: Path) -> None:
    assert OURS in str(held(there))
    again = cleared(tmp_path / "home", url)
    lake = open_lake(url, files=again.key_files, create=False)
    assert [(tag.name, list(lake.list(tag.commit))) for tag in lake.tags()] == [(MARK, [])]
    assert OURS in str(held(played(again)))
    cleared(tmp_path / "another home", url)


def test_an_unused_lake_is_taken_and_never_emptied(url: str, tmp_path: Path) -> None:
    first = open_lake(url).head(MAIN)
    settings = cleared(tmp_path / "home", url)
    lake = played(settings)
    assert lake.commit_info(lake.head(MAIN)).parents[0] == first
    with pytest.raises(InputError, match="without a demo's mark"):
        cleared(tmp_path / "home", url)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda lake: append(lake, MAIN, {"raw/a-b-c/d.parquet": b"1"}, message="mine"), "a-b-c"),
        (lambda lake: append(lake, LEDGER, {"waivers/mine.json": b"1"}, message="mine"), "waivers"),
        (lambda lake: lake.create_branch("work", MAIN), "branch work"),
        (lambda lake: lake.create_tag("v1", MAIN), "tag v1"),
        (lambda lake: lake.create_tag("dataset-mine-1.0.0", MAIN), "dataset-mine"),
    ],
)
def test_what_others_keep_there_stops_the_demo(
    there: Lake, url: str, tmp_path: Path, spoil: Spoil, named: str
) -> None:
    spoil(there)
    before = held(there)
    (tmp_path / "home" / "sealed.json").write_text("{}")
    with pytest.raises(InputError, match=named):
        cleared(tmp_path / "home", url)
    assert held(there) == before
    assert (tmp_path / "home" / "sealed.json").exists()


def test_a_lake_of_others_is_left_alone(url: str, tmp_path: Path) -> None:
    lake = open_lake(url)
    append(lake, MAIN, {OURS: b"1"}, message="mine")
    before = held(lake)
    with pytest.raises(InputError, match="was not made by a demo"):
        cleared(tmp_path / "home", url)
    assert (held(lake), (tmp_path / "home" / HOME_MARK).exists()) == (before, False)


@pytest.mark.parametrize("url", ["lakefs"], indirect=True)
def test_a_repository_that_is_no_lake_does_not_become_one(
    url: str, tmp_path: Path, double: Double
) -> None:
    sdk = official(double)
    new_repository(sdk)
    branch_with(sdk, "work")
    merge(sdk, "work")
    before = head(sdk)
    with pytest.raises(InputError, match="files and no ledger"):
        cleared(tmp_path / "home", url)
    assert head(sdk) == before
    assert sorted(double.state.repositories["market-data"].branches) == ["main", "work"]


@pytest.mark.parametrize("url", ["lakefs"], indirect=True)
def test_nothing_is_deleted_that_could_not_be_made_again(
    there: Lake, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KARAT_LAKEFS_NAMESPACE")
    with pytest.raises(InputError, match="KARAT_LAKEFS_NAMESPACE"):
        cleared(tmp_path / "home", url)
    assert OURS in str(held(there))
    with pytest.raises(RepositoryNotFound, match="KARAT_LAKEFS_NAMESPACE"):
        cleared(tmp_path / "other", f"{url}-2")


@pytest.mark.parametrize("url", ["local"], indirect=True)
def test_a_folder_with_something_else_is_no_place_for_a_lake(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "a lake"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for _ in range(2):
        with pytest.raises(InputError, match=r"notes\.txt"):
            cleared(tmp_path / "home", url)
        if not (folder / "lake.db").exists():
            open_lake(url).create_tag(MARK, MAIN)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_lake_in_memory_would_be_gone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="would be gone"):
        cleared(tmp_path / "home", "memory:demo")
    assert not (tmp_path / "home").exists()
