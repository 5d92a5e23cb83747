"""Where a command works: options before the environment before what karat brings along."""

from pathlib import Path

import pytest

from karat.cli.workplace import Workplace, parsed, workplace
from karat.errors import InputError, RepositoryNotFound, UnavailableError
from karat.lake.layout import Partition


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KARAT_HOME", "KARAT_LAKE", "KARAT_CONTRACT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def where(*, lake: str | None = None, home: Path | None = None) -> tuple[str, Path]:
    place = workplace(lake, None, home)
    return place.lake_url, place.home


def test_nothing_said(tmp_path: Path) -> None:
    home = tmp_path / ".karat"
    assert where() == ((home / "lake").as_uri(), home)
    assert workplace(None, None, None).contract.dataset == "book_events"


def test_a_home_brings_its_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "other"
    assert where(home=home) == ((home / "lake").as_uri(), home)
    monkeypatch.setenv("KARAT_HOME", str(tmp_path / "known"))
    assert where() == ((tmp_path / "known" / "lake").as_uri(), tmp_path / "known")
    assert where(home=home) == ((home / "lake").as_uri(), home)


def test_a_relative_home_has_an_absolute_lake(tmp_path: Path) -> None:
    assert where(home=Path("near"))[0] == (tmp_path / "near" / "lake").as_uri()


def test_a_lake_that_was_named_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARAT_LAKE", "file:///shared/lake")
    assert where(home=tmp_path / "other") == ("file:///shared/lake", tmp_path / "other")
    assert where(lake="here")[0] == "here"


def test_a_contract_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARAT_CONTRACT", str(tmp_path / "ours.yaml"))
    assert workplace(None, None, None).contract_file == tmp_path / "ours.yaml"
    assert workplace(None, Path("mine.yaml"), None).contract_file == Path("mine.yaml")
    with pytest.raises(InputError, match=r"ours\.yaml"):
        _ = workplace(None, None, None).contract


def test_a_lake_is_made_only_where_asked(tmp_path: Path) -> None:
    with pytest.raises(RepositoryNotFound):
        _ = workplace(None, None, tmp_path).lake
    assert not (tmp_path / "lake").exists()
    made = workplace(None, None, tmp_path, create=True)
    assert made.lake is made.lake
    assert workplace(None, None, tmp_path).lake.head("main") == made.lake.head("main")


def test_a_lake_in_memory_is_refused() -> None:
    with pytest.raises(InputError, match="gone with this command"):
        _ = workplace("memory:", None, None, create=True).lake


def test_a_store_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = Workplace(tmp_path / "file", "lake", tmp_path / "contract")
    with pytest.raises(UnavailableError, match="file"):
        _ = place.store


def test_partitions_by_either_name() -> None:
    day = Partition("sim-spot-abc", "2024-01-01")
    assert parsed(["sim-spot-abc/2024-01-01", "2024-01-01|sim-spot-abc"]) == [day, day]
    assert parsed(None) is None
    assert parsed([]) is None
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        parsed(["sim-spot-abc/2024-02-30"])
