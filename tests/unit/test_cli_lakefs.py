"""Commands on a lake of a lakeFS server, with the key of the environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import karat
from karat.cli.main import app
from karat.cli.server_key import access_to
from karat.lake.append import append
from tests.lakefs_double.server import Double, serving

REPOSITORY = "market-data"
RUN = CliRunner()


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Double]:
    with serving() as server:
        monkeypatch.setenv("LAKECTL_SERVER_ENDPOINT_URL", server.url)
        monkeypatch.setenv("LAKECTL_CREDENTIALS_ACCESS_KEY_ID", server.state.key_id)
        monkeypatch.setenv("LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY", server.state.secret)
        monkeypatch.setenv("KARAT_LAKEFS_NAMESPACE", "local://market-data")
        monkeypatch.setenv("KARAT_HOME", str(tmp_path / "home"))
        yield server


def address(double: Double) -> str:
    return f"lakefs://{double.url.removeprefix('http://')}/{REPOSITORY}"


def test_only_lakes_on_lakefs_get_the_key(tmp_path: Path) -> None:
    said = {
        "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": "id",
        "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": "secret",
        "LAKECTL_SERVER_ENDPOINT_URL": "",
        "KARAT_HOME": str(tmp_path),
    }
    for other in ("memory:", "file:///lake", "/lake"):
        assert access_to(other, said) is None
    found = access_to("lakefs://host/repo", said)
    assert found is not None
    assert (found.key_id, found.secret, found.endpoint) == ("id", "secret", None)
    assert found.cache == tmp_path / "cache" / "lakefs"
    for name in list(said)[:2]:
        assert access_to("lakefs://host/repo", said | {name: ""}) is None


def test_signed_lake_opens_by_its_address(double: Double) -> None:
    lake = karat.open_lake(address(double))
    head = append(lake, "main", {"a": b"1"}, message="one")
    assert karat.open_lake(address(double)).head("main") == head
    assert lake.keys.key_id


def test_commands_show_what_is_there(double: Double) -> None:
    append(karat.open_lake(address(double)), "main", {"a/b": b"1"}, message="one")
    for words, shown in (
        (["ls"], "a/"),
        (["log"], "one"),
        (["cat", "a/b"], "1"),
    ):
        result = RUN.invoke(app, ["lake", *words, "--lake", address(double)])
        assert (result.exit_code, shown in result.output) == (0, True), result.output


def test_mirror_there_and_back(double: Double, tmp_path: Path) -> None:
    here = karat.open_lake(tmp_path / "here")
    append(here, "main", {"a/b": b"1", "c": b"2" * 5000}, message="one")
    append(here, "main", {"c": b"3"}, message="two", metadata={"k": "v"})
    for source, target in (
        (str(tmp_path / "here"), address(double)),
        (address(double), str(tmp_path / "back")),
    ):
        result = RUN.invoke(app, ["lake", "mirror", target, "--lake", source])
        assert result.exit_code == 0, result.output
    back = karat.open_lake(tmp_path / "back")
    assert list(back.list("main")) == list(here.list("main"))
    told = [(c.message, c.metadata.get("k")) for c in back.log("main", first_parent=True)]
    assert told == [(c.message, c.metadata.get("k")) for c in here.log("main", first_parent=True)]


def test_doctor_says_whether_the_server_is_there(double: Double) -> None:
    karat.open_lake(address(double))
    good = RUN.invoke(app, ["doctor", "--lake", address(double)])
    assert "2 branches" in good.output
    broken = RUN.invoke(app, ["doctor", "--lake", "lakefs://elsewhere/market-data"])
    assert "elsewhere" in broken.output
    assert broken.exit_code != 0


def test_whole_flow_is_the_same_there(
    double: Double, days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ingested, rebuilt, judged, published and cut without knowing where it lies."""
    monkeypatch.setenv("KARAT_LAKE", address(double))
    for words in (
        ["ingest", str(days)],
        ["rebuild"],
        ["validate", "--processes", "2"],
        ["publish"],
        ["dataset", "cut", "demo"],
    ):
        result = RUN.invoke(app, words)
        assert result.exit_code == 0, f"{words}: {result.output}"
    lake = karat.open_lake(address(double), create=False)
    published = [info.path for info in lake.list("main", "book_events/")]
    assert [path.rpartition("/")[2] for path in published] == [
        "2024-01-01.parquet",
        "2024-01-02.parquet",
    ]
    again = RUN.invoke(app, ["validate", "--json"])
    assert (again.exit_code, '"bytes_read": 0' in again.output) == (0, True), again.output
    assert [ref.name for ref in lake.branches()] == ["ledger", "main"]
    assert [ref.name for ref in lake.tags()] == ["dataset-demo-1.0.0"]
