"""The action file says what lakeFS needs, holds no secret, and is made for an address only."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import InputError
from karat.gate.action import FILE, NOTE, allowed, signed
from karat.gate.installing import VARIABLE, install, installed, webhook
from karat.gate.payload import HEADER, HOOK
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.lake.memory import MemoryLake
from karat.signing import Keyring


def loaded(action: bytes) -> Any:
    return yaml.load(action, Loader=yaml.BaseLoader)  # noqa: S506 - "on" is a key here, as in Go


@pytest.mark.parametrize("url", ["https://gate.example.com", "http://127.0.0.1:8390/"])
def test_it_asks_the_service_before_merges_into_main(url: str) -> None:
    action = loaded(webhook(url, timeout_s=20))
    assert action["on"] == {"pre-merge": {"branches": ["main"]}}
    (hook,) = action["hooks"]
    assert (hook["id"], hook["type"]) == ("verdict", "webhook")
    assert hook["properties"] == {
        "url": url.rstrip("/") + HOOK,
        "timeout": "20s",
        "headers": {HEADER: "{{ ENV." + VARIABLE + " }}"},
    }


@pytest.mark.parametrize("url", ["", "gate", "ftp://gate", 'http://a"b', "http://a b", "http://é"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="write where lakeFS reaches"):
        webhook(url)


@given(st.text(max_size=30))
def test_no_address_writes_anything_but_itself(tail: str) -> None:
    try:
        action = loaded(webhook(f"http://{tail}"))
    except InputError:
        return
    assert set(action) == {"name", "description", "on", "hooks"}
    assert action["hooks"][0]["properties"]["url"].startswith("http://")
    assert len(action["hooks"][0]["properties"]) == 3


def test_a_note_alone_allows_nothing() -> None:
    lake = MemoryLake(lambda: 0, Keyring.in_memory())
    append(lake, MAIN, {NOTE: signed(lake, "0" * 64, "ops")}, message="a note")
    assert "go together" in allowed(lake, lake.head(MAIN), NOTE)
    assert "an action of others" in allowed(lake, lake.head(MAIN), FILE + "x")
    assert installed(lake) is None


def test_somebody_installs_it() -> None:
    lake = MemoryLake(lambda: 0, Keyring.in_memory())
    with pytest.raises(InputError, match="say who"):
        install(lake, lambda *_: None, b"", who=" ")


def test_a_lake_without_hooks_says_so(tmp_path: Path) -> None:
    words = ["gate", "install", "--url", "http://127.0.0.1:1", "--home", str(tmp_path)]
    told = CliRunner().invoke(app, [*words, "--lake", str(tmp_path / "lake")])
    assert (told.exit_code, "has no hooks" in told.output) == (2, True)
