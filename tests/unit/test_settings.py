"""The environment, read in one place."""

import subprocess
import sys
from pathlib import Path

import pytest

from karat.cli.settings import Settings, gate_token, keep_arrow_memory
from karat.contracts import load_contract
from karat.errors import InputError
from karat.lake import open_lake


def test_defaults_lie_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.home == tmp_path / ".karat"
    assert settings.store == tmp_path / ".karat" / "store"
    assert settings.lake == (tmp_path / ".karat" / "lake").as_uri()
    assert load_contract(settings.contract).dataset == "book_events"


def test_what_is_set_counts(tmp_path: Path) -> None:
    said = {"KARAT_HOME": str(tmp_path), "KARAT_LAKE": "memory:", "KARAT_CONTRACT": "/a.yaml"}
    assert Settings.from_environment(said) == Settings(tmp_path, "memory:", Path("/a.yaml"))


def test_an_empty_value_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    empty = {"KARAT_HOME": "", "KARAT_LAKE": "", "KARAT_CONTRACT": ""}
    assert Settings.from_environment(empty) == Settings.from_environment({})


def test_a_home_with_a_space_is_a_lake_too(tmp_path: Path) -> None:
    home = tmp_path / "my home"
    open_lake(Settings.from_environment({"KARAT_HOME": str(home)}).lake)
    assert (home / "lake").is_dir()


def test_the_environment_is_looked_at_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KARAT_HOME", str(tmp_path))
    assert Settings.from_environment().home == tmp_path


def test_the_gates_secret_is_long_and_plain_or_none() -> None:
    assert gate_token({"KARAT_GATE_TOKEN": "a" * 16}) == "a" * 16
    for said in ({}, {"KARAT_GATE_TOKEN": "a" * 15}, {"KARAT_GATE_TOKEN": "\u00e9" * 16}):
        with pytest.raises(InputError, match="KARAT_GATE_TOKEN") as caught:
            gate_token(said)
        assert "a" * 15 not in str(caught.value)


def test_arrow_is_told_to_keep_memory_before_it_is_loaded_unless_it_is_told() -> None:
    """It asks once, when it is loaded: the command line's own modules must not load it."""
    for before in ({}, {"MIMALLOC_PURGE_DELAY": "7"}):
        environment = dict(before)
        keep_arrow_memory(environment)
        assert environment == {"MIMALLOC_PURGE_DELAY": "1000"} | before
    look = "import sys, karat.cli.main; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
