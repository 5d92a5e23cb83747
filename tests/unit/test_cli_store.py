"""`karat store`: states seen, checked, dropped and shared from the command line."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from karat.compute.lake_store import BRANCH, LakeStore
from karat.lake import open_lake
from karat.store import DiskStore, Tiered
from karat.store.database import NAME
from tests.unit.test_disk_store import tamper

Karat = Callable[..., Any]
HELD = {f"{n:03}": bytes([n]) * 2_000 for n in range(100)}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    DiskStore(tmp_path / "store").put_many(HELD)
    return tmp_path


def test_stats_tell_what_is_there(karat: Karat, home: Path) -> None:
    body = karat("store", "stats", "--home", home, "--json").json
    assert (body["entries"], body["data_bytes"], body["corrupt"]) == (100, 200_000, 0)
    assert (body["limit_bytes"], body["path"]) == (10 << 30, str(home / "store" / NAME))
    told = karat("store", "stats", "--home", home).out
    assert "200.0 kB" in told
    assert "of at most 10.7 GB" in told
    assert "never" in karat("store", "stats", "--home", home / "new").out


def test_the_limit_comes_from_the_environment(
    karat: Karat, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KARAT_STORE_LIMIT", "100kB")
    assert karat("store", "stats", "--home", home, "--json").json["limit_bytes"] == 100_000
    went = karat("store", "prune", "--home", home, "--json").json
    assert 50 < went["entries"] < 100
    assert karat("store", "stats", "--home", home, "--json").json["file_bytes"] < 200_000
    monkeypatch.setenv("KARAT_STORE_LIMIT", "much")
    answer = karat("store", "stats", "--home", home)
    assert (answer.code, "'much'" in answer.err) == (2, True)


def test_verify_says_whole_or_damaged(karat: Karat, home: Path) -> None:
    whole = karat("store", "verify", "--home", home)
    assert (whole.code, "whole" in whole.out, "200.0 kB read" in whole.out) == (0, True, True)
    tamper(home / "store", "UPDATE contents SET data = x'00' WHERE row < 4")
    damaged = karat("store", "verify", "--home", home)
    assert (damaged.code, "3 corrupt, dropped" in damaged.out) == (1, True)
    again = karat("store", "verify", "--home", home, "--json")
    assert (again.code, again.json["whole"], again.json["entries"]) == (0, True, 97)
    assert karat("store", "stats", "--home", home, "--json").json["corrupt"] == 3


def test_verify_begins_a_broken_file_anew(karat: Karat, home: Path) -> None:
    (home / "store" / NAME).write_bytes(b"nothing of the kind" * 999)
    with pytest.warns(RuntimeWarning, match="set aside"):
        answer = karat("store", "verify", "--home", home)
    assert (answer.code, "a damaged database set aside" in answer.out) == (1, True)
    assert karat("store", "verify", "--home", home).code == 0
    assert karat("store", "prune", "--home", home, "--json").json["left_bytes"] == 18_981


def test_prune_to_a_size_and_by_age(karat: Karat, home: Path) -> None:
    assert karat("store", "prune", "--older-than", "1d", "--home", home, "--json").json[
        "entries"
    ] == 0  # fmt: skip
    went = karat("store", "prune", "--to", "0.1MB", "--home", home)
    assert went.code == 0
    assert went.out.startswith("freed ")
    assert 10 < len(DiskStore(home / "store").get_many(HELD)) < 60
    for wrong in (["--to", "x"], ["--older-than", "5y"]):
        answer = karat("store", "prune", *wrong, "--home", home)
        assert (answer.code, wrong[1] in answer.err) == (2, True)


def test_what_one_machine_shares_another_finds(
    karat: Karat, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert karat("store", "share", "--home", home).code == 2, "there is no lake yet"
    assert karat("lake", "init", "--home", home).code == 0
    sent = karat("store", "share", "--home", home, "--json").json
    assert sent == {"entries": 100, "data_bytes": 200_000, "known": 0}
    assert "100 were in the lake already" in karat("store", "share", "--home", home).out
    assert open_lake(home / "lake").head(BRANCH)
    other = tmp_path_factory.mktemp("other")
    for name in ("signing_key.pem", "trust.json"):
        shutil.copy(home / name, other / name)
    from karat.cli.workplace import workplace

    place = workplace(str(home / "lake"), None, other)
    assert isinstance(place.store, Tiered)
    assert place.store.get_many(HELD) == HELD
    assert LakeStore(place.lake).holds(HELD) == HELD.keys()
    assert DiskStore(other / "store").get_many(HELD) == HELD
